/** The disks of a device to scale, as its last check-in told them. */
import type { DeviceReport } from '../api/types.ts';
import { ProblemBox } from '../parts/problem.tsx';
import { Badge, Bytes, ShortId } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { type Block, type Disk, drawDisk } from './draw-disk.ts';
import type { ReportState } from './use-report.ts';

const WIDTH = 1000;
const HEIGHT = 56;

const nameOf = ({ role, name }: Block): string =>
  role === 'free' ? text('disk.free') : name || role;

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

/** `SupportImgBackup` and the rest are the device's own words; this is what lies in its backup partition. */
const Generations = ({ backup }: { readonly backup: DeviceReport['backup'] }) => {
  if (backup === null) return <p class="muted">{text('backup.no-partition')}</p>;
  return (
    <>
      <p>
        {text('backup.partition')} <Bytes bytes={backup.sizeBytes} />, {text('disk.free')}{' '}
        <Bytes bytes={backup.freeBytes} />
      </p>
      <ul>
        {backup.generations.map(({ image, isComplete, isVerified, sizeBytes }) => (
          <li key={image.id}>
            {image.name} <ShortId id={image.id} /> <Bytes bytes={sizeBytes} />{' '}
            <Badge tone={isVerified ? 'good' : 'warn'}>
              {text(isVerified ? 'backup.verified' : isComplete ? 'backup.whole' : 'backup.part')}
            </Badge>
          </li>
        ))}
      </ul>
    </>
  );
};

export const DeviceDisks = ({ report }: { readonly report: ReportState }) => {
  const { answer, refusal, isSilent, isLoading } = report;
  return (
    <section class="card">
      <h2>{text('disk.title')}</h2>
      {isSilent ? (
        <p class="muted">{text('disk.no-check-in')}</p>
      ) : (
        <ProblemBox refusal={refusal} />
      )}
      {isLoading && <p class="muted">{text('loading')}</p>}
      {answer?.inventory.disks.map((disk) => (
        <Drawing key={disk.path} disk={disk} />
      ))}
      {answer && <Generations backup={answer.backup} />}
    </section>
  );
};
