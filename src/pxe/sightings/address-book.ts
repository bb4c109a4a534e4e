/** Which device has an address: requests of TFTP and HTTP come from one, and devices are known by their MAC address. */
import { readFile } from 'node:fs/promises';
import { RecentMap } from '../../job/serving/recent-map.ts';

/** Addresses of devices behind a router that are remembered. */
const MOST_NOTED = 4096;
/** The kernel's table is read again after so long. */
const FRESH_MS = 500;

const ROW = /^(\d+\.\d+\.\d+\.\d+) +0x\w+ +0x(\w+) +([0-9a-f]{2}(?::[0-9a-f]{2}){5}) /;
/** Flag of an entry whose address was answered for (`ATF_COM` in Linux's if_arp.h). */
const COMPLETE = 2;

/** MAC addresses by IPv4 address, from the text of `/proc/net/arp`. */
export const parseNeighbours = (table: string): ReadonlyMap<string, string> =>
  new Map(
    table.split('\n').flatMap((line) => {
      const [, address = '', flags = '0', mac = ''] = ROW.exec(line) ?? [];
      return Number.parseInt(flags, 16) & COMPLETE ? [[address, mac] as const] : [];
    }),
  );

export interface AddressBookOptions {
  /** Text of the kernel's table; that of `/proc/net/arp` by default. */
  readonly readTable?: (() => Promise<string>) | undefined;
  /** Milliseconds that only rise. */
  readonly now?: (() => number) | undefined;
}

/** Finds devices by address: neighbours from the kernel, others by what they said of themselves. */
export class AddressBook {
  readonly #noted = new RecentMap<string, string>(MOST_NOTED);
  readonly #readTable: () => Promise<string>;
  readonly #now: () => number;
  #table: Promise<ReadonlyMap<string, string>> | undefined;
  #readMs = 0;

  constructor({
    readTable = () => readFile('/proc/net/arp', 'utf8'),
    now = () => performance.now(),
  }: AddressBookOptions = {}) {
    this.#readTable = readTable;
    this.#now = now;
  }

  /** Remembers who said that an address is his. */
  note(address: string, mac: string): void {
    this.#noted.set(address, mac);
  }

  /** MAC address of a device, when it is known. */
  async find(address: string): Promise<string | undefined> {
    return (await this.#neighbours()).get(address) ?? this.#noted.get(address);
  }

  #neighbours(): Promise<ReadonlyMap<string, string>> {
    const nowMs = this.#now();
    if (this.#table === undefined || nowMs - this.#readMs >= FRESH_MS) {
      this.#readMs = nowMs;
      this.#table = this.#readTable().then(parseNeighbours);
    }
    return this.#table;
  }
}
