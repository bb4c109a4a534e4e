/** Where sightings are kept, for `pxe status` and `pxe explain`, which work without the service too. */
import { readFile, rename, stat } from 'node:fs/promises';
import { outputFile } from 'fs-extra/esm';
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { SIGHTING, type Sighting } from './sighting.ts';
import { MOST_KNOWN, MOST_STRANGERS } from './sightings.ts';

/** Longest file that is read: every device there may be, with all it may have. */
export const SIGHTING_FILE_LIMIT_BYTES = 64 * 2 ** 20;
const WRITE_PAUSE_MS = 1000;
/** Share of the time that may go into writing when the file is large. */
const MOST_WRITING = 1 / 20;

const shape = z.object({
  format: z.literal('nacre-sightings'),
  version: z.literal(1),
  devices: z.array(SIGHTING).max(MOST_KNOWN + MOST_STRANGERS),
});

const damaged = (path: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_SIGHTINGS_DAMAGED', { path, reason }, { cause });

const readText = async (path: string): Promise<string | undefined> => {
  try {
    const { size } = await stat(path);
    if (size > SIGHTING_FILE_LIMIT_BYTES) throw damaged(path, `it has ${size} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
};

/**
 * The devices of a file, the oldest first; none when there is no file.
 *
 * @throws NacreError PXE_SIGHTINGS_DAMAGED
 */
export const readSightings = async (path: string): Promise<readonly Sighting[]> => {
  const text = await readText(path);
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data.devices;
  const issue = result.error.issues[0];
  throw damaged(path, `${issue?.path.join('.') || 'the text'}: ${issue?.message ?? 'wrong'}`);
};

/** Not flushed: after a power cut nobody needs to know who asked before it. */
const writeSightings = async (path: string, devices: readonly Sighting[]): Promise<void> => {
  const made = `${path}.new`;
  const text = JSON.stringify({ format: 'nacre-sightings', version: 1, devices });
  await outputFile(made, `${text}\n`, { mode: 0o600 });
  await rename(made, path);
};

export interface SightingWriterOptions {
  readonly path: string;
  /** What is to be stored when a write begins. */
  readonly devices: () => readonly Sighting[];
  readonly log: ServiceLog;
  /** 1000 by default. */
  readonly pauseMs?: number | undefined;
}

/** Writes the file when something has changed, at most once a second. */
export class SightingWriter implements AsyncDisposable {
  readonly #options: SightingWriterOptions;
  #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isChanged = false;
  #isClosed = false;

  constructor(options: SightingWriterOptions) {
    this.#options = options;
    this.#pauseMs = options.pauseMs ?? WRITE_PAUSE_MS;
  }

  /** Says that the file is no longer true. */
  changed(): void {
    this.#isChanged = true;
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write();
    }, this.#pauseMs);
  }

  /** Writes what has changed, and nothing any more after that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#isChanged) await this.#write();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(): Promise<void> {
    const { path, devices, log, pauseMs = WRITE_PAUSE_MS } = this.#options;
    const started = performance.now();
    this.#isChanged = false;
    try {
      await writeSightings(path, devices());
    } catch (err) {
      log.error({ err, path }, 'what was seen cannot be stored');
    }
    this.#pauseMs = Math.max(pauseMs, (performance.now() - started) / MOST_WRITING);
    this.#timer = undefined;
    if (this.#isChanged) this.changed();
  }
}
