/** The addresses that the small DHCP server hands out. */
import { type Ipv4Network, ipv4Text, isInNetwork, networkOf, parseIpv4 } from '../../codec/ipv4.ts';
import { NacreError } from '../../errors.ts';
import { interfaceList, type ServedInterface } from '../interfaces.ts';

/** A range inside of the network of one interface. */
export interface LeaseRange {
  readonly interface: ServedInterface;
  /** Lowest and highest address, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Addresses between them that no device may get: our own, and those that mean the whole network. */
  readonly excluded: ReadonlySet<number>;
}

/** Most addresses of a range. */
export const RANGE_LIMIT = 65_536;

const FROM_TO = /^([0-9.]+)\s*-\s*([0-9.]+)$/;
const NETWORK = /^([0-9.]+)\/([0-9]{1,2})$/;
/** Networks of fewer addresses have none that mean the whole (RFC 3021). */
const LARGEST_PREFIX_WITH_BROADCAST = 30;

const readFromTo = (text: string): Ipv4Network | undefined => {
  const [, from = '', to = ''] = FROM_TO.exec(text) ?? [];
  const [first, last] = [parseIpv4(from), parseIpv4(to)];
  return first === undefined || last === undefined ? undefined : { first, last };
};

const readNetwork = (text: string): Ipv4Network | undefined => {
  const [, of = '', bits = ''] = NETWORK.exec(text) ?? [];
  const address = parseIpv4(of);
  return address === undefined || Number(bits) > 32 ? undefined : networkOf(address, Number(bits));
};

const excludedOf = ({ address, prefix }: ServedInterface): ReadonlySet<number> => {
  const own = parseIpv4(address) ?? 0;
  const { first, last } = networkOf(own, prefix);
  return new Set(prefix <= LARGEST_PREFIX_WITH_BROADCAST ? [own, first, last] : [own]);
};

/** Network that an interface lies in. */
export const networkOfInterface = ({ address, prefix }: ServedInterface): Ipv4Network =>
  networkOf(parseIpv4(address) ?? 0, prefix);

/**
 * Reads `10.77.0.100-10.77.0.200`, or a network `10.77.0.0/24`, whose own addresses are left out. The subnet mask is
 * always that of the interface.
 *
 * @throws NacreError PXE_RANGE_INVALID, or PXE_RANGE_OUTSIDE when no served interface has that network
 */
export const parseLeaseRange = (
  text: string,
  interfaces: readonly ServedInterface[],
): LeaseRange => {
  const range = readFromTo(text.trim()) ?? readNetwork(text.trim());
  const count = range === undefined ? 0 : range.last - range.first + 1;
  if (range === undefined || count < 1 || count > RANGE_LIMIT) {
    throw new NacreError('PXE_RANGE_INVALID', { range: text, limit: RANGE_LIMIT });
  }
  const home = interfaces.find((one) => {
    const network = networkOfInterface(one);
    return isInNetwork(network, range.first) && isInNetwork(network, range.last);
  });
  if (home === undefined) {
    const facts = { first: ipv4Text(range.first), last: ipv4Text(range.last) };
    throw new NacreError('PXE_RANGE_OUTSIDE', { ...facts, interfaces: interfaceList(interfaces) });
  }
  const excluded = excludedOf(home);
  const left = count - [...excluded].filter((address) => isInNetwork(range, address)).length;
  if (left < 1) throw new NacreError('PXE_RANGE_INVALID', { range: text, limit: RANGE_LIMIT });
  return { interface: home, ...range, excluded };
};
