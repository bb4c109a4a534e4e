/** The disks of a device to scale, as its last check-in told them. */
import type { Inventory } from '../../job/agent-protocol.ts';
import { pathOf } from '../api/ask.ts';
import { useAnswer } from '../api/use-answer.ts';
import { ProblemBox } from '../parts/problem.tsx';
import { Bytes } from '../parts/values.tsx';
import { text, textOr } from '../texts/language.ts';
import { type Block, type Disk, drawDisk } from './draw-disk.ts';

/** As the route answers. */
interface InventoryAnswer {
  readonly inventory: Inventory;
}

const WIDTH = 1000;
const HEIGHT = 56;

const nameOf = ({ role, name }: Block): string =>
  role === 'free' ? text('disk.free') : textOr(`role.${role}`, name || role);

const Drawing = ({ disk }: { readonly disk: Disk }) => {
  const blocks = drawDisk(disk, WIDTH);
  return (
    <figure class="disk">
      <figcaption>
        <strong>{disk.model || disk.path}</strong> <code>{disk.path}</code>{' '}
        <Bytes bytes={disk.sizeBytes} />
        {disk.isOwn && <span class="chip">{text('disk.own')}</span>}
        {disk.isRemovable && <span class="chip">{text('disk.removable')}</span>}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text('disk.drawing', { name: disk.path })}
      >
        {blocks.map((block) => (
          <rect
            key={block.startBytes}
            class={`block ${block.tone}`}
            x={block.left}
            y="0"
            width={block.width}
            height={HEIGHT}
          >
            <title>{nameOf(block)}</title>
          </rect>
        ))}
      </svg>
      <ol class="legend">
        {blocks.map((block) => (
          <li key={block.startBytes}>
            <i class={`block ${block.tone}`} aria-hidden="true" />
            <span>{nameOf(block)}</span> <Bytes bytes={block.sizeBytes} />{' '}
            <span class="muted">{block.fileSystem}</span>
          </li>
        ))}
      </ol>
    </figure>
  );
};

export const DeviceDisks = ({ id }: { readonly id: string }) => {
  const { answer, refusal, isLoading } = useAnswer<InventoryAnswer>({
    path: `${pathOf('devices', id)}/inventory`,
    isAbout: ({ subject }) => subject === id,
  });
  const hasNone = refusal?.problem.status === 404;
  return (
    <section class="card">
      <h2>{text('disk.title')}</h2>
      {hasNone ? <p class="muted">{text('disk.no-check-in')}</p> : <ProblemBox refusal={refusal} />}
      {isLoading && <p class="muted">{text('loading')}</p>}
      {answer?.inventory.disks.map((disk) => (
        <Drawing key={disk.path} disk={disk} />
      ))}
    </section>
  );
};
