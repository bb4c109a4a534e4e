/** Tells the manager which devices were seen, from the memory of the service: what it does not hear now it hears later. */
import * as z from 'zod';
import { MOST_SIGHTINGS, type NetworkSighting } from '../../job/network-boot-protocol.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { Sighting } from '../sightings/sighting.ts';
import type { ManagerLink } from './manager-link.ts';
import { readSmallFile, writeSmallFile } from './small-file.ts';

/** A device that says the same is told again after this time. */
const SAME_MS = 60_000;
/** More than the memory of the service has. */
const MOST_TOLD = 16_384;

const cursorShape = z.object({
  format: z.literal('nacre-manager-seen'),
  version: z.literal(1),
  server: z.string(),
  /** Everything until then was told, or looked at and left out. */
  until: z.iso.datetime(),
});

export interface SightingNewsOptions {
  readonly link: ManagerLink;
  /** File of how far was told. */
  readonly file: string;
  /** The device that was seen last at the end. */
  readonly devices: () => readonly Sighting[];
}

const newsOf = ({ mac, uuid, architecture, merlin }: Sighting): NetworkSighting => ({
  ...{ mac, uuid, architecture, machine: merlin?.machine ?? '', disk: merlin?.disk ?? null },
});

export class SightingNews {
  readonly #options: SightingNewsOptions;
  readonly #told = new RecentMap<string, { readonly text: string; readonly atMs: number }>(
    MOST_TOLD,
  );
  #until: string;
  #stored: string;

  private constructor(options: SightingNewsOptions, until: string) {
    this.#options = options;
    this.#until = until;
    this.#stored = until;
  }

  static async open(options: SightingNewsOptions): Promise<SightingNews> {
    const stored = await readSmallFile(options.file, cursorShape);
    const isOurs = stored?.server === options.link.server;
    return new SightingNews(options, isOurs ? stored.until : '');
  }

  /** Tells at most one message of what is new. @throws NacreError while the manager cannot be told */
  async tell(signal: AbortSignal): Promise<void> {
    const { link, devices } = this.#options;
    const fresh = devices().filter(({ lastSeen }) => lastSeen > this.#until);
    const told: Sighting[] = [];
    let until = this.#until;
    for (const seen of fresh) {
      // Those of one moment belong to one message: the next begins behind it.
      if (told.length >= MOST_SIGHTINGS && seen.lastSeen !== until) break;
      until = seen.lastSeen;
      if (this.#isNew(seen)) told.push(seen);
    }
    for (let at = 0; at < told.length; at += MOST_SIGHTINGS) {
      const part = told.slice(at, at + MOST_SIGHTINGS);
      await link.tellSeen(part.map(newsOf), signal);
      for (const seen of part) this.#note(seen);
    }
    this.#until = until;
    if (this.#stored !== until) await this.#store();
  }

  #isNew(seen: Sighting): boolean {
    const before = this.#told.get(seen.mac);
    if (before === undefined || before.text !== JSON.stringify(newsOf(seen))) return true;
    return Date.parse(seen.lastSeen) - before.atMs >= SAME_MS;
  }

  #note(seen: Sighting): void {
    const text = JSON.stringify(newsOf(seen));
    this.#told.set(seen.mac, { text, atMs: Date.parse(seen.lastSeen) });
  }

  async #store(): Promise<void> {
    const { link, file } = this.#options;
    const { server } = link;
    this.#stored = this.#until;
    await writeSmallFile(file, {
      ...{ format: 'nacre-manager-seen', version: 1, server, until: this.#until },
    });
  }
}
