/** Identity, hints, Network Info with backup details, and how people have sorted a device. */
import type { Device, DeviceReport } from '../api/types.ts';
import { Badge, Bytes, Fact, Facts, Fingerprint, Nothing, Time, YesNo } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { ConflictList } from './conflict-list.tsx';
import { Chips } from './device-columns.tsx';
import type { HintValue } from './hint-types.ts';

interface Of {
  readonly device: Device;
}
interface WithReport {
  /** Nothing before its first check-in. */
  readonly report: DeviceReport | undefined;
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

interface Ignoring {
  /** What operators may do with a value that other devices say too. */
  readonly onIgnore: ((value: HintValue) => void) | undefined;
}

const Hints = ({ device, onIgnore }: Of & Ignoring) => (
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
    <ConflictList conflicts={device.conflicts} onIgnore={onIgnore} />
  </section>
);

/** backup details stand here; the names are the seed's. */
const NetworkInfo = ({ device, report }: Of & WithReport) => (
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
      {report && (
        <Fact name={text('report.address')}>
          <code>{report.address}</code>
        </Fact>
      )}
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

const Machine = ({ report }: { readonly report: DeviceReport }) => {
  const { machine, os, memoryBytes, boot } = report.inventory;
  return (
    <section class="card">
      <h2>{text('report.machine')}</h2>
      <Facts>
        <Fact name={text('report.model')}>
          {machine.maker} {machine.product}
        </Fact>
        <Fact name={text('report.os')}>
          {os.name} <span class="muted">{os.kernel}</span>
        </Fact>
        <Fact name={text('report.memory')}>
          <Bytes bytes={memoryBytes} />
        </Fact>
        <Fact name={text('report.boot')}>
          {text(`firmware.${boot.firmware}`)}, {text(`first.${boot.first}`)}
          {boot.hasSecureBoot && `, Secure Boot`}
        </Fact>
        <Fact name={text('report.agent')}>
          {report.release}, {text(`runs-in.${report.runsIn}`)}
        </Fact>
        <Fact name={text('report.at')}>
          <Time at={report.checkedInAt} />
        </Fact>
        {report.clockAheadSeconds !== null && (
          <Fact name={text('report.clock')}>
            <Badge tone="warn">{text('report.ahead', { seconds: report.clockAheadSeconds })}</Badge>
          </Fact>
        )}
      </Facts>
    </section>
  );
};

export const DeviceFacts = ({ device, report, onIgnore }: Of & WithReport & Ignoring) => (
  <div class="cards">
    <Identity device={device} />
    <Hints device={device} onIgnore={onIgnore} />
    <NetworkInfo device={device} report={report} />
    {report && <Machine report={report} />}
    <Sorted device={device} />
  </div>
);
