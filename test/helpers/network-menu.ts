/** A machine that starts from the network under the hands of somebody at its keyboard. */
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { serializePasswordHash } from '../../src/codec/password-hash.ts';
import { hashPassword } from '../../src/disk/password-hash.ts';
import { bootEnvironment } from './boot-environment.ts';
import { Keyboard } from './keyboard.ts';
import { type NetworkGuest, startNetworkGuest } from './network-guest.ts';
import type { RunningProgram } from './network-lab.ts';
import { GUEST_MAC } from './network-start.ts';
import { openServeLab } from './serve-lab.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PATIENCE_MS = 500_000;
/** Of the administrator, in the policies of the tests. */
export const PASSWORD = 'Open sesame 7';
const hash = serializePasswordHash(await hashPassword(PASSWORD));
/** The line of a policy for it. */
export const PASSWORD_LINE = `password = "${hash}"`;
/** Merlin wants to know it. */
export const ASKS_PASSWORD = /Password of the administrator/;

export interface AttendedGuest {
  readonly guest: RunningProgram;
  readonly service: RunningProgram;
  readonly keyboard: Keyboard;
}

export interface AttendedStart {
  /** Lines of the policy for the menu. */
  readonly menu: string;
  /** What the policy says of the device. */
  readonly row: string;
  readonly guest: Omit<NetworkGuest, 'mac' | 'monitor'>;
}

/** Switches a machine on, with addresses of ours; it ends when it wants to start again. */
export const startAttended = async (
  t: ExecutionContext,
  { menu, row, guest }: AttendedStart,
): Promise<AttendedGuest> => {
  const policy = `[menu]\n${menu}\n[[device]]\nmac = "${GUEST_MAC}"\n${row}\n`;
  const net = await openServeLab(t, policy, bootEnvironment());
  const service = await net.serve(['--dhcp', '10.77.0.100-10.77.0.199']);
  const monitor = path.join(await temporaryFolder(t), 'monitor');
  const running = await startNetworkGuest(net.lab, 'lan', { ...guest, mac: GUEST_MAC, monitor });
  // What it said until then is worth more than the time-out of the test.
  const timer = setTimeout(() => running.signal('SIGKILL'), PATIENCE_MS);
  t.teardown(() => clearTimeout(timer));
  const keyboard = await Keyboard.open(monitor);
  t.teardown(() => keyboard[Symbol.dispose]());
  return { guest: running, service, keyboard };
};
