/** Which network interfaces are served. */
import type { NetworkInterfaceInfo } from 'node:os';
import { NacreError } from '../errors.ts';

/** An interface with the address that devices see. */
export interface ServedInterface {
  readonly name: string;
  readonly address: string;
  /** Bits of the subnet mask. */
  readonly prefix: number;
}

/** What `os.networkInterfaces()` gives. */
export type SystemInterfaces = NodeJS.Dict<readonly NetworkInterfaceInfo[]>;

const usable = (all: SystemInterfaces): ServedInterface[] =>
  Object.entries(all).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address, cidr }) => ({ name, address, prefix: Number(cidr?.split('/')[1] ?? 32) })),
  );

/** Interfaces for people, `eth0 10.77.0.1/24, eth1 …`. */
export const interfaceList = (interfaces: readonly ServedInterface[]): string =>
  interfaces.map(({ name, address, prefix }) => `${name} ${address}/${prefix}`).join(', ') ||
  'none';

/**
 * Those of a service that the machine does not have now: unplugged, switched off, or renamed. Sockets of their addresses stay
 * open, and take up again what arrives when the address is back.
 */
export const missingInterfaces = <Served extends Pick<ServedInterface, 'name' | 'address'>>(
  served: readonly Served[],
  all: SystemInterfaces,
): readonly Served[] => {
  const present = new Set(usable(all).map(({ address }) => address));
  return served.filter(({ address }) => !present.has(address));
};

const findWanted = (candidates: readonly ServedInterface[], wanted: string): ServedInterface => {
  const found = candidates.find(({ name, address }) => name === wanted || address === wanted);
  if (found !== undefined) return found;
  throw new NacreError('PXE_INTERFACE_UNKNOWN', {
    interface: wanted,
    interfaces: interfaceList(candidates),
  });
};

const onePerName = (interfaces: readonly ServedInterface[]): readonly ServedInterface[] => [
  ...new Map(interfaces.toReversed().map((one) => [one.name, one])).values(),
];

/**
 * Chooses by name or address; without a wish the only interface there is. Each is served once, with its first address:
 * two answers on one wire would look like two servers.
 *
 * @throws NacreError PXE_INTERFACE_UNKNOWN, PXE_NO_INTERFACE, PXE_SEVERAL_INTERFACES
 */
export const chooseInterfaces = (
  wanted: readonly string[],
  all: SystemInterfaces,
): readonly ServedInterface[] => {
  const candidates = usable(all);
  if (wanted.length > 0) {
    return onePerName(wanted.map((name) => findWanted(candidates, name))).toReversed();
  }
  const served = onePerName(candidates).toReversed();
  if (served.length === 0) {
    throw new NacreError('PXE_NO_INTERFACE', { interfaces: Object.keys(all).join(', ') || 'none' });
  }
  if (served.length > 1) {
    throw new NacreError('PXE_SEVERAL_INTERFACES', { interfaces: interfaceList(served) });
  }
  return served;
};
