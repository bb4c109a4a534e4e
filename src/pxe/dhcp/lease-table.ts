/**
 * Who has which address of the small DHCP server. A device is known by its MAC alone: firmware, iPXE, Merlin and the OS
 * of one machine send different client identifiers, and it has to keep its address through all of them.
 */
import { ipv4Text, parseIpv4 } from '../../codec/ipv4.ts';
import type { LeaseRange } from './lease-range.ts';

/** A lease as it is stored. */
export interface StoredLease {
  readonly mac: string;
  readonly address: string;
  /** Unix time in milliseconds at which it ends, or ended. */
  readonly untilMs: number;
}

export interface LeaseTableOptions {
  readonly range: LeaseRange;
  readonly leaseSeconds: number;
  /** Addresses of the range that are somebody's already, such as the router's. */
  readonly reserved?: readonly string[];
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** What `stored` gave before a restart; those outside of the range are left out. */
  readonly stored?: readonly StoredLease[];
}

/** An address of a device; the device keeps its claim until somebody else needs it. */
interface Claim {
  readonly mac: string;
  readonly address: number;
  /** Until then the client may use it; 0 when it never could. */
  leasedUntilMs: number;
  /** Until then the client may accept it. */
  offeredUntilMs: number;
}

/** How long an offer is kept for a client: firmware collects offers for 4 s. */
export const OFFER_MS = 30_000;
/** How long an address rests that a client found in use by somebody else. */
export const REST_MS = 600_000;

const endOf = ({ leasedUntilMs, offeredUntilMs }: Claim): number =>
  Math.max(leasedUntilMs, offeredUntilMs);

/** All claims of a range, never more than it has addresses; a MAC has one, an address has one. */
export class LeaseTable {
  readonly #range: LeaseRange;
  readonly #leaseMs: number;
  readonly #reserved: ReadonlySet<number>;
  readonly #now: () => number;
  readonly #byMac = new Map<string, Claim>();
  readonly #byAddress = new Map<number, Claim>();
  /** Declined addresses and when their rest ends. */
  readonly #resting = new Map<number, number>();
  /** Below it no address is without a claim, but for resting ones. */
  #nextFresh: number;
  /** Before it a search finds nothing: saves one per request while all addresses are in use. */
  #fullUntilMs = 0;

  constructor({ range, leaseSeconds, reserved = [], now, stored = [] }: LeaseTableOptions) {
    this.#range = range;
    this.#leaseMs = leaseSeconds * 1000;
    this.#reserved = new Set(reserved.map((address) => parseIpv4(address) ?? 0));
    this.#now = now;
    this.#nextFresh = range.first;
    for (const lease of stored) this.#restore(lease);
  }

  /** The address of a device, also when its lease is over; `undefined` when it has none. */
  addressOf(mac: string): number | undefined {
    return this.#byMac.get(mac)?.address;
  }

  /** True for an address that devices may get. */
  isInRange(address: number): boolean {
    const { first, last, excluded } = this.#range;
    const isInside = address >= first && address <= last;
    return isInside && !excluded.has(address) && !this.#reserved.has(address);
  }

  /**
   * Keeps an address for a client for OFFER_MS: its own one, else the one it asks for, else one that nobody had, else
   * the one that was given back first (RFC 2131 section 4.3.1).
   * @returns undefined when none is free
   */
  offer(mac: string, wanted: number | undefined): number | undefined {
    const address = this.addressOf(mac) ?? this.#choose(wanted);
    if (address === undefined) return undefined;
    this.#claim(mac, address).offeredUntilMs = this.#now() + OFFER_MS;
    return address;
  }

  /** Gives a client the lease of an address. @returns false when it is not in the range or somebody else's */
  lease(mac: string, address: number): boolean {
    if (this.addressOf(mac) !== address && !this.#isFree(address)) return false;
    this.#claim(mac, address).leasedUntilMs = this.#now() + this.#leaseMs;
    return true;
  }

  /** The client took the offer of another server. */
  refuseOffer(mac: string): void {
    const claim = this.#byMac.get(mac);
    if (claim === undefined || claim.leasedUntilMs > this.#now()) return;
    claim.offeredUntilMs = 0;
    this.#fullUntilMs = 0;
    if (claim.leasedUntilMs === 0) this.#forget(claim);
  }

  /** Ends a lease; the claim stays. @returns false when the client does not have that address */
  release(mac: string, address: number): boolean {
    const claim = this.#byMac.get(mac);
    if (claim?.address !== address) return false;
    claim.leasedUntilMs = Math.min(claim.leasedUntilMs, this.#now());
    claim.offeredUntilMs = 0;
    this.#fullUntilMs = 0;
    return true;
  }

  /** Lets an address rest that the client found in use. @returns false when it was not this client's */
  decline(mac: string, address: number): boolean {
    const claim = this.#byMac.get(mac);
    if (claim?.address !== address) return false;
    this.#forget(claim);
    this.#resting.set(address, this.#now() + REST_MS);
    return true;
  }

  /** What a restart has to know: every lease, also those that are over; offers are made anew. */
  stored(): readonly StoredLease[] {
    return [...this.#byMac.values()]
      .filter(({ leasedUntilMs }) => leasedUntilMs > 0)
      .map(({ mac, address, leasedUntilMs }) => ({
        mac,
        address: ipv4Text(address),
        untilMs: leasedUntilMs,
      }));
  }

  #restore({ mac, address, untilMs }: StoredLease): void {
    const number = parseIpv4(address);
    if (number === undefined || !this.isInRange(number)) return;
    // A clock that was far ahead must not keep addresses for years.
    const latestMs = this.#now() + this.#leaseMs;
    this.#claim(mac, number).leasedUntilMs = Math.min(untilMs, latestMs);
  }

  #isFree(address: number): boolean {
    if (!this.isInRange(address)) return false;
    if ((this.#resting.get(address) ?? 0) > this.#now()) return false;
    const claim = this.#byAddress.get(address);
    return claim === undefined || endOf(claim) <= this.#now();
  }

  #choose(wanted: number | undefined): number | undefined {
    if (wanted !== undefined && this.#isFree(wanted)) return wanted;
    return this.#fresh() ?? this.#longestUnused();
  }

  /** An address that nobody has a claim to. */
  #fresh(): number | undefined {
    while (this.#nextFresh <= this.#range.last) {
      const address = this.#nextFresh;
      this.#nextFresh += 1;
      if (!this.#byAddress.has(address) && this.#isFree(address)) return address;
    }
    return undefined;
  }

  /** Of the addresses that are free again the one that is so for the longest time. */
  #longestUnused(): number | undefined {
    const now = this.#now();
    if (now < this.#fullUntilMs) return undefined;
    const ends: (readonly [address: number, endMs: number])[] = [...this.#resting];
    for (const [address, claim] of this.#byAddress) ends.push([address, endOf(claim)]);
    const [first, ...others] = ends;
    if (first === undefined) return undefined;
    const [address, endMs] = others.reduce(
      (least, one) => (one[1] < least[1] ? one : least),
      first,
    );
    if (endMs <= now) return address;
    this.#fullUntilMs = endMs;
    return undefined;
  }

  /** The claim of this client to this address; every other claim to it, and of the client, ends. */
  #claim(mac: string, address: number): Claim {
    const own = this.#byMac.get(mac);
    if (own?.address === address) return own;
    if (own !== undefined) this.#forget(own);
    const former = this.#byAddress.get(address);
    if (former !== undefined) this.#forget(former);
    this.#resting.delete(address);
    const claim: Claim = { mac, address, leasedUntilMs: 0, offeredUntilMs: 0 };
    this.#byMac.set(mac, claim);
    this.#byAddress.set(address, claim);
    return claim;
  }

  #forget(claim: Claim): void {
    this.#byMac.delete(claim.mac);
    this.#byAddress.delete(claim.address);
    this.#nextFresh = Math.min(this.#nextFresh, claim.address);
    this.#fullUntilMs = 0;
  }
}
