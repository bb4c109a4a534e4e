/** Which of our addresses a device is told: the one on its own wire, else the one that it reached. */
import { isInNetwork, parseIpv4 } from '../../codec/ipv4.ts';
import { networkOfInterface } from '../dhcp/lease-range.ts';
import type { RequestEnds } from '../http/http-handler.ts';
import type { ServedInterface } from '../interfaces.ts';

type Ends = Pick<RequestEnds, 'address'> & Partial<RequestEnds>;

/**
 * Our address for a request.
 *
 * @param interfaces at least one
 */
export const ownAddressFor = (
  interfaces: readonly ServedInterface[],
  { address, localAddress }: Ends,
): string => {
  const reached = interfaces.find((one) => one.address === localAddress);
  const client = parseIpv4(address);
  const near =
    client === undefined
      ? undefined
      : interfaces.find((one) => isInNetwork(networkOfInterface(one), client));
  const found = reached ?? near ?? interfaces[0];
  if (found === undefined) throw new TypeError('no interface is served');
  return found.address;
};
