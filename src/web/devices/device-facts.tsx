/** Identity, hints, Network Info with backup details, and how people have sorted a device. */
import type { Device } from '../api/types.ts';
import { Fact, Facts, Fingerprint, Nothing, Time, YesNo } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { ConflictList } from './conflict-list.tsx';
import { Chips } from './device-columns.tsx';

interface Of {
  readonly device: Device;
}

const Code = ({ value }: { readonly value: string | null }) =>
  value === null || value === '' ? <Nothing /> : <code>{value}</code>;

const Identity = ({ device }: Of) => (
  <section class="card">
    <h2>{text('device.identity')}</h2>
    <Facts>
      <Fact name={text('device.fingerprint')}>
        <Fingerprint digits={device.fingerprint} />
      </Fact>
      <Fact name={text('device.id')}>
        <code>{device.id}</code>
      </Fact>
      <Fact name={text('device.first-seen')}>
        <Time at={device.firstSeenAt} />
      </Fact>
      <Fact name={text('device.last-seen')}>
        <Time at={device.lastSeenAt} />
      </Fact>
      {device.decidedAt !== null && (
        <Fact name={text('device.decided')}>
          <Time at={device.decidedAt} /> · {device.decidedBy}
        </Fact>
      )}
    </Facts>
  </section>
);

const Hints = ({ device }: Of) => (
  <section class="card">
    <h2>{text('device.hints')}</h2>
    <p class="muted">{text('device.hints-about')}</p>
    <Facts>
      <Fact name={text('hint.uuid')}>
        <Code value={device.uuid} />
      </Fact>
      <Fact name={text('hint.serial')}>
        <Code value={device.serial} />
      </Fact>
      <Fact name={text('hint.diskSerial')}>
        <Code value={device.diskSerial} />
      </Fact>
    </Facts>
    <ConflictList conflicts={device.conflicts} />
  </section>
);

/** backup details stand here; the names are the seed's. */
const NetworkInfo = ({ device }: Of) => (
  <section class="card">
    <h2>{text('device.network')}</h2>
    <Facts>
      <Fact name={text('hint.mac')}>
        {device.macs.length === 0 ? (
          <Nothing />
        ) : (
          device.macs.map((mac) => (
            <code key={mac} class="line">
              {mac}
            </code>
          ))
        )}
      </Fact>
      <Fact name="SupportImgBackup">
        <YesNo value={device.supportImgBackup} />
      </Fact>
      <Fact name="BackupImagePresent">
        <YesNo value={device.backupImagePresent} />
      </Fact>
      <Fact name="BackImageVer">
        <Code value={device.backImageVer} />
      </Fact>
    </Facts>
  </section>
);

const Sorted = ({ device }: Of) => (
  <section class="card">
    <h2>{text('device.groups-tags')}</h2>
    <Chips {...device} />
    <h3>{text('device.note')}</h3>
    {device.note === '' ? <Nothing /> : <p class="note">{device.note}</p>}
  </section>
);

export const DeviceFacts = ({ device }: Of) => (
  <div class="cards">
    <Identity device={device} />
    <Hints device={device} />
    <NetworkInfo device={device} />
    <Sorted device={device} />
  </div>
);
