/** The desk that takes captures of devices: which upload of the store belongs to which order, and how many at a time. */
import type { ImageStore } from '../../image/store/store.ts';
import type { UploadSession } from '../../image/upload/upload-session.ts';
import type {
  UploadBegin,
  UploadDraft,
  UploadedVersion,
} from '../../image/upload/upload-target.ts';
import { isOpen } from '../../job/order-states.ts';
import { OpenUploads, uploadRefusal } from '../../job/serving/open-uploads.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { OrderRecord } from '../policy/order-record.ts';
import type { Orders } from '../policy/orders.ts';

export interface UploadDeskOptions {
  readonly orders: Orders;
  /** The store that captures go into; made when there is none. */
  readonly openStore: () => Promise<ImageStore>;
  /** Names this service in uploads: those of others are left alone. */
  readonly keeper: string;
  /** PEM of a private key that the policy names. */
  readonly readSignKey: (name: string) => Promise<string>;
  readonly log: ServiceLog;
}

/** An order and the ticket that counts for it. */
export interface UploadSender {
  readonly id: string;
  readonly ticket: string;
  /** Name of the device where orders are kept. */
  readonly device: string;
}

/** Captures of one service. */
export class UploadDesk {
  readonly #options: UploadDeskOptions;
  readonly #open: OpenUploads;

  constructor(options: UploadDeskOptions) {
    this.#options = options;
    this.#open = new OpenUploads(options);
  }

  /** What the device need not send. @throws Refusal */
  async begin(sender: UploadSender, sizeBytes: number): Promise<UploadBegin> {
    await this.sweep();
    return await this.#with(sender, async (session) => {
      const begun = await session.begin(sizeBytes);
      if (begun.version !== null) await this.#keep(sender, begun.version);
      return begun;
    });
  }

  /** @throws Refusal */
  known(sender: UploadSender, from: number): Promise<Uint8Array> {
    return this.#with(sender, (session) => session.known(from));
  }

  /** Whether all of these chunks have arrived. @throws Refusal */
  hasAll(sender: UploadSender, digests: Uint8Array): Promise<boolean> {
    return this.#with(sender, (session) => session.hasAll(digests));
  }

  /** @throws Refusal */
  putFrames(sender: UploadSender, bytes: Uint8Array): Promise<void> {
    return this.#with(sender, (session) => session.putFrames(bytes));
  }

  /** @returns bytes that are there @throws Refusal */
  putDraft(sender: UploadSender, at: number, bytes: Uint8Array): Promise<number> {
    return this.#with(sender, (session) => session.putDraft(at, bytes));
  }

  /** Makes the version visible, and remembers it for the order. @throws Refusal */
  publish(sender: UploadSender, draft: UploadDraft): Promise<UploadedVersion> {
    return this.#with(sender, async (session, { comment, sign: file }) => {
      const sign = file === null ? undefined : await this.#options.readSignKey(file);
      const version = await session.publish(draft, { comment, sign });
      await this.#keep(sender, version);
      const { name, id: image, usedBytes, storedBytes } = version;
      const facts = { device: sender.device, order: sender.id, usedBytes, storedBytes };
      this.#options.log.info(
        { ...facts, image: `${name}@${image.slice(0, 8)}` },
        'merlin captured',
      );
      return version;
    });
  }

  /** Deletes what belongs to no open order of ours. What cannot be deleted now is left for the next time. */
  async sweep(): Promise<void> {
    const { records } = this.#options.orders;
    await this.#open.sweep(
      new Set(records.filter(({ state }) => isOpen(state)).map(({ id }) => id)),
    );
  }

  #keep({ device, ticket }: UploadSender, version: UploadedVersion): Promise<void> {
    const { id, usedBytes, storedBytes } = version;
    return this.#options.orders.keepCaptured(device, ticket, { id, usedBytes, storedBytes });
  }

  async #with<Result>(
    { id, ticket, device }: UploadSender,
    work: (session: UploadSession, capture: NonNullable<OrderRecord['capture']>) => Promise<Result>,
  ): Promise<Result> {
    try {
      const capture = this.#options.orders.captureOf(device, ticket);
      return await work(await this.#open.sessionOf({ id, name: capture.name }), capture);
    } catch (reason) {
      throw uploadRefusal(reason);
    }
  }
}
