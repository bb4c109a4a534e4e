/** Which machines an image is for. */
import type { Manifest } from '../codec/manifest.ts';
import { type Machine, machineName } from '../disk/machine.ts';
import { NacreError } from '../errors.ts';

/**
 * An image may name the machines that it is for, with or without their maker; one that names none is for all.
 *
 * @throws NacreError IMAGE_OTHER_MACHINE
 */
export const requireMachine = (
  { name, machines }: Pick<Manifest, 'name' | 'machines'>,
  machine: Machine,
): void => {
  const names = [machineName(machine), machine.product];
  if (machines === undefined || machines.some((wanted) => names.includes(wanted))) return;
  throw new NacreError('IMAGE_OTHER_MACHINE', {
    image: name,
    machines: machines.join(', '),
    found: machineName(machine) || 'unknown',
  });
};
