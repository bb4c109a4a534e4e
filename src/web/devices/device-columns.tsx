/** Columns of a list of devices. */
import type { Device } from '../api/types.ts';
import type { Column } from '../parts/table.tsx';
import { Badge, Fingerprint, Nothing, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { text } from '../texts/language.ts';
import { TONES } from './decisions.ts';

const FEW_GROUPS = 4;

export const StateBadge = ({ state }: Pick<Device, 'state'>) => (
  <Badge tone={TONES[state]}>{text(`state.${state}`)}</Badge>
);

const Conflicts = ({ conflicts }: Pick<Device, 'conflicts'>) =>
  conflicts.length === 0 ? null : (
    <Badge tone="bad">{text('device.conflicts', { count: conflicts.length })}</Badge>
  );

/** Groups and tags, each of which leads to all of its devices. */
export const Chips = ({ groups, tags }: Pick<Device, 'groups' | 'tags'>) => {
  if (groups.length + tags.length === 0) return <Nothing />;
  return (
    <span class="chips">
      {groups.map((name) => (
        <a key={`g${name}`} class="chip group" href={hashOf(['devices'], { group: name })}>
          {name}
        </a>
      ))}
      {tags.map((name) => (
        <a key={`t${name}`} class="chip" href={hashOf(['devices'], { tag: name })}>
          #{name}
        </a>
      ))}
    </span>
  );
};

/** What lies in the backup partition, in a word. */
export const BackupWord = (device: Device) => {
  const { supportImgBackup, backupImagePresent, backImageVer } = device;
  if (supportImgBackup === null) return <Nothing />;
  if (!supportImgBackup) return <span class="muted">{text('backup.unsupported')}</span>;
  if (!backupImagePresent) return <span>{text('backup.empty')}</span>;
  return <code>{backImageVer?.slice(0, 8)}</code>;
};

export const deviceColumns = (): readonly Column<Device>[] => [
  {
    title: text('device.name'),
    sort: 'name',
    isName: true,
    cell: ({ id, name }) => <a href={hashOf(['devices', id])}>{name}</a>,
  },
  {
    title: text('device.state'),
    sort: 'state',
    cell: (device) => (
      <>
        <StateBadge {...device} /> <Conflicts {...device} />
      </>
    ),
  },
  {
    title: text('device.fingerprint'),
    cell: ({ fingerprint }) => <Fingerprint digits={fingerprint} most={FEW_GROUPS} />,
  },
  { title: text('device.groups-tags'), cell: (device) => <Chips {...device} /> },
  { title: text('device.backup'), cell: (device) => <BackupWord {...device} /> },
  {
    title: text('device.last-seen'),
    sort: 'lastSeenAt',
    cell: ({ lastSeenAt }) => <Time at={lastSeenAt} isAgo />,
  },
];
