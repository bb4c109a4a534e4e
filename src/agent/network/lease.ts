/**
 * What a DHCP server gave, as udhcpc hands it to its script, and the script to us: one line, fields behind tabs.
 *
 * ```
 * dhcp EVENT INTERFACE ADDRESS PREFIX ROUTERS NAMESERVERS
 * ```
 *
 * Lists are separated by blanks. It all comes from a server that nobody has proved: every field is checked before it becomes a word of
 * a command.
 */
import { isIPv4 } from 'node:net';

/** An address with what belongs to it. */
export interface Lease {
  /** Name of the interface. */
  readonly card: string;
  readonly address: string;
  /** Bits of the network in the address: 1 to 32. */
  readonly prefixLength: number;
  /** Gateways; the first is used. */
  readonly routers: readonly string[];
  readonly nameServers: readonly string[];
}

/** `lease`: an address, new or kept; `lost`: the card has none any more. */
export type LeaseEvent =
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'lost'; readonly card: string };

const MOST_OF_A_LIST = 4;
const CARD = /^[A-Za-z0-9._-]{1,15}$/;

const addressesIn = (field: string): readonly string[] =>
  field
    .split(' ')
    .filter((word) => isIPv4(word) && word !== '0.0.0.0')
    .slice(0, MOST_OF_A_LIST);

/** Reads a line of the script; undefined for everything that changes nothing, and for what is not as it has to be. */
export const parseLeaseLine = (line: string): LeaseEvent | undefined => {
  const [mark, event, card = '', address = '', prefix = '', routers = '', names = ''] =
    line.split('\t');
  if (mark !== 'dhcp' || !CARD.test(card)) return undefined;
  if (event === 'deconfig') return { kind: 'lost', card };
  if (event !== 'bound' && event !== 'renew') return undefined;
  const prefixLength = /^\d{1,2}$/.test(prefix) ? Number(prefix) : 0;
  if (!isIPv4(address) || prefixLength < 1 || prefixLength > 32) return undefined;
  const lease = { card, address, prefixLength };
  return {
    kind: 'lease',
    lease: { ...lease, routers: addressesIn(routers), nameServers: addressesIn(names) },
  };
};
