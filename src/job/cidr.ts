/** Subnets as text, `192.0.2.0/24` or `2001:db8::/32` (RFC 4632, RFC 4291), and which addresses they hold. */
import { BlockList, isIP } from 'node:net';

interface Block {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The parts of `192.0.2.0/24`; undefined for what is no subnet. */
export const parseCidr = (text: string): Block | undefined => {
  const [, address = '', digits = ''] = /^([0-9a-f.:]{2,45})\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const bits = Number(digits);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined;
  return { address, bits, family: family === 4 ? 'ipv4' : 'ipv6' };
};

const holds = ({ address, bits, family }: Block, candidate: string): boolean => {
  if (isIP(candidate) === 0) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return list.check(candidate, isIP(candidate) === 4 ? 'ipv4' : 'ipv6');
};

/** Whether a subnet as text holds an address; hostile text is in none, and holds none. */
export const holdsAddress = (cidr: string, address: string): boolean => {
  const block = parseCidr(cidr);
  return block !== undefined && holds(block, address);
};

/** The smallest of several subnets that hold an address. */
export const smallestHolding = <Item>(
  all: readonly Item[],
  cidrOf: (item: Item) => string,
  address: string,
): Item | undefined => {
  const found = all.flatMap((item) => {
    const block = parseCidr(cidrOf(item));
    return block !== undefined && holds(block, address) ? [{ item, bits: block.bits }] : [];
  });
  return found.toSorted((one, other) => other.bits - one.bits)[0]?.item;
};
