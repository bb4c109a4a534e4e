/** Who the simulated devices are: keys made on the fly and kept in memory, hints that no other device has, addresses of their own. */

import { type DeviceKey, makeDeviceKey } from '../../src/agent/state/device-key.ts';
import type { Hints } from '../../src/job/enrolment.ts';

export interface Identity {
  readonly name: string;
  readonly key: DeviceKey;
  readonly hints: Hints;
  /** Of the loopback: limits of an address are not those of the fleet. */
  readonly localAddress: string;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The devices of one number lie in 127.NET.0.0/16, and 250 of them in each /24. */
const PER_SUBNET = 250;

/** @param net second byte of its address, 1 to 254 */
export const makeIdentity = (net: number, index: number): Identity => {
  const name = `sim-${net}-${index}`;
  const digits = hex(index, 12);
  return {
    name,
    key: makeDeviceKey(),
    hints: {
      ...{ name, serial: `SIM${net}-${index}`, diskSerial: `DISK${net}-${index}` },
      uuid: `4f1ee700-${hex(net, 4)}-4000-8000-${digits}`,
      macs: [`02:${hex(net, 2)}:${digits.slice(4).replace(/(..)(?=.)/g, '$1:')}`],
    },
    localAddress: `127.${net}.${Math.floor(index / PER_SUBNET)}.${(index % PER_SUBNET) + 1}`,
  };
};
