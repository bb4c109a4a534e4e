/** Uploads of one store that are held open: one whose sender is silent makes room for another, and is opened again when it speaks. */
import { isNacreError } from '../../errors.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { UploadRequest, UploadSession } from '../../image/upload/upload-session.ts';
import { Refusal, refuseMessage } from './json-exchange.ts';
import type { ServiceLog } from './service-log.ts';

const MOST_OPEN = 64;
const SILENT_MS = 300_000;

interface OpenUpload {
  readonly session: Promise<UploadSession>;
  spokeAt: number;
}

/** What the sender may wait for, and what stays refused. */
const STATUS: Readonly<Partial<Record<string, number>>> = {
  STORE_BUSY: 503,
  STORE_FULL: 507,
  STORE_IO: 503,
  STORE_READ_ONLY: 507,
  STORE_UPLOAD_LIMIT: 413,
  UPDATE_TOKEN_REFUSED: 403,
};

/** A failure in the words of a refusal. */
export const uploadRefusal = (reason: unknown): unknown =>
  isNacreError(reason) ? new Refusal(STATUS[reason.code] ?? 409, reason) : reason;

export interface OpenUploadsOptions {
  /** The store that uploads go into; made when there is none. */
  readonly openStore: () => Promise<ImageStore>;
  /** Names this service in uploads: those of others are left alone. */
  readonly keeper: string;
  readonly log: ServiceLog;
}

/** Holds them. */
export class OpenUploads {
  readonly #options: OpenUploadsOptions;
  readonly #open = new Map<string, OpenUpload>();

  constructor(options: OpenUploadsOptions) {
    this.#options = options;
  }

  /** The upload of an id, opened where it is not. @throws Refusal when there is no room; as `openUpload` */
  sessionOf(request: Omit<UploadRequest, 'keeper'>): Promise<UploadSession> {
    const { id } = request;
    const known = this.#open.get(id);
    if (known !== undefined) {
      known.spokeAt = performance.now();
      return known.session;
    }
    this.#makeRoom();
    const { openStore, keeper } = this.#options;
    const session = openStore().then((store) => store.openUpload({ ...request, keeper }));
    this.#open.set(id, { session, spokeAt: performance.now() });
    session.catch(() => this.#open.delete(id));
    return session;
  }

  /** Deletes what nobody wants. What cannot be deleted now is left for the next time. */
  async sweep(wanted: ReadonlySet<string>): Promise<void> {
    const { openStore, keeper, log } = this.#options;
    for (const [id, { session }] of this.#open) {
      if (wanted.has(id)) continue;
      this.#open.delete(id);
      await session
        .then((one) => one.remove())
        .catch((err: unknown) => {
          log.warn({ err, upload: id }, 'upload that is over cannot be deleted');
        });
    }
    try {
      await (await openStore()).sweepUploads(keeper, (id) => wanted.has(id));
    } catch (err) {
      if (!isNacreError(err)) throw err;
      log.warn({ err }, 'uploads that are over cannot be looked for');
    }
  }

  #makeRoom(): void {
    if (this.#open.size < MOST_OPEN) return;
    const [oldest] = [...this.#open].sort(([, a], [, b]) => a.spokeAt - b.spokeAt);
    if (oldest === undefined || performance.now() - oldest[1].spokeAt < SILENT_MS)
      throw refuseMessage(503, `${MOST_OPEN} machines are being captured`);
    this.#open.delete(oldest[0]);
  }
}
