/** Approve, hold or revoke: with what the decision is to be made by. */
import { ask, pathOf } from '../api/ask.ts';
import type { Device } from '../api/types.ts';
import { Fingerprint } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { ConflictList } from './conflict-list.tsx';
import type { Decision } from './decisions.ts';
import { StateBadge } from './device-columns.tsx';
import { ManyDialog } from './many-dialog.tsx';

interface DecideProps {
  readonly decision: Decision;
  readonly devices: readonly Device[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const decide = async (device: Device, decision: Decision): Promise<void> => {
  const path = `${pathOf('devices', device.id)}/state`;
  await ask<Device>({ method: 'PUT', path, body: { state: decision } });
};

export const DecideDialog = ({ decision, devices, onDone, onClose }: DecideProps) => (
  <ManyDialog
    title={text(`decide.${decision}.title`)}
    action={text(`decide.${decision}.action`)}
    devices={devices}
    isDanger={decision === 'revoked'}
    run={(device) => decide(device, decision)}
    doneText={(count) => text(`decide.${decision}.done`, { count })}
    onDone={onDone}
    onClose={onClose}
  >
    <p>{text(`decide.${decision}.about`)}</p>
    <ul class="compare">
      {devices.map((device) => (
        <li key={device.id}>
          <div>
            <strong>{device.name}</strong> <StateBadge {...device} />
          </div>
          <Fingerprint digits={device.fingerprint} />
          <ConflictList conflicts={device.conflicts} />
        </li>
      ))}
    </ul>
  </ManyDialog>
);
