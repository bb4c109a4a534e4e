/** IPv4 addresses: text such as `10.77.0.1` for people and messages, numbers for ranges. */

/** What a field for an address holds when there is none. */
export const NO_ADDRESS = '0.0.0.0';

const PART = /^(?:0|[1-9][0-9]{0,2})$/;

/** The 32-bit number of an address; `undefined` for any other text, also `010.1.1.1` and `10.1`. */
export const parseIpv4 = (text: string): number | undefined => {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!PART.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
};

/** Text of a 32-bit number. */
export const ipv4Text = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** Text of the four bytes at `offset`. The caller checked that they are there. */
export const ipv4At = (bytes: Uint8Array, offset = 0): string =>
  bytes.subarray(offset, offset + 4).join('.');

/** The four bytes of an address. @throws TypeError for a text that is none */
export const ipv4Bytes = (text: string): Uint8Array => {
  const address = parseIpv4(text);
  if (address === undefined) throw new TypeError(`${text} is no IPv4 address`);
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
};

/** The number whose first `prefix` bits are set: a subnet mask. */
export const prefixMask = (prefix: number): number =>
  prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;

/** A network as its lowest and highest address, both inclusive. */
export interface Ipv4Network {
  readonly first: number;
  readonly last: number;
}

/** The network of `prefix` bits that an address lies in. */
export const networkOf = (address: number, prefix: number): Ipv4Network => {
  const mask = prefixMask(prefix);
  const first = (address & mask) >>> 0;
  return { first, last: (first | ~mask) >>> 0 };
};

/** True for an address of the network, its lowest and highest included. */
export const isInNetwork = (network: Ipv4Network, address: number): boolean =>
  address >= network.first && address <= network.last;
