/** Which copy of a store the last ranges of a pack came from, to tell who sent the damaged ones. */
import type { WebSite } from './web-connection.ts';
import { WEB_SOCKETS } from './web-limits.ts';

/** Each thread looks at one range at a time; others read on meanwhile. */
const KEPT = 8 * WEB_SOCKETS;

interface Origin {
  readonly offset: number;
  readonly end: number;
  readonly site: WebSite;
}

/** The last ranges of one pack. */
export class RangeOrigins {
  readonly #origins: Origin[] = [];

  add(offset: number, length: number, site: WebSite): void {
    this.#origins.push({ offset, end: offset + length, site });
    if (this.#origins.length > KEPT) this.#origins.shift();
  }

  /** The copy that the byte at an offset came from last; `undefined` when that is too long ago. */
  find(offset: number): WebSite | undefined {
    return this.#origins.findLast((one) => one.offset <= offset && offset < one.end)?.site;
  }
}
