/** The desk that takes what changed: which upload of the store belongs to which update, and whose token counts. */
import { NacreError } from '../../errors.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { UploadSession } from '../../image/upload/upload-session.ts';
import type {
  UploadBegin,
  UploadDraft,
  UploadedVersion,
} from '../../image/upload/upload-target.ts';
import { OpenUploads, uploadRefusal } from '../../job/serving/open-uploads.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { UploadTaker } from '../../job/serving/upload-routes.ts';
import { isHeld } from '../../job/update-states.ts';
import { type Actor, type Ground, MANAGER } from '../ground.ts';
import { digestOf } from '../identity/secret.ts';
import { syncPackages } from '../repository/sync.ts';
import type { Queries } from '../store/store.ts';
import { changeUpdate, findUpdate, heldUpdates } from '../store/update-rows.ts';
import type { UpdateSessionTable } from '../store/update-tables.ts';
import { heard } from './hold-image.ts';
import { moveUpdate } from './update.ts';

/** Names managers in uploads: all that share a data base are one. */
const KEEPER = 'manager updates';
const LONGEST_CREATOR = 256;

export interface UpdateDeskOptions {
  readonly ground: Ground;
  readonly openStore: () => Promise<ImageStore>;
  readonly log: ServiceLog;
}

/** Who sends. */
export interface UpdateSender {
  readonly id: string;
  readonly token: string;
  readonly address: string;
}

const versionOf = (row: UpdateSessionTable): UploadedVersion | null =>
  row.version_id === null
    ? null
    : {
        ...{ name: row.image_name, id: row.version_id, parent: row.base_id },
        ...{ usedBytes: row.used_bytes ?? 0, storedBytes: row.stored_bytes ?? 0 },
      };

const creatorOf = ({ user_name: user, terminal }: UpdateSessionTable): string =>
  `${user}, terminal ${terminal}`.slice(0, LONGEST_CREATOR);

/** Uploads of updates. */
export class UpdateDesk {
  readonly #options: UpdateDeskOptions;
  readonly #open: OpenUploads;

  constructor(options: UpdateDeskOptions) {
    this.#options = options;
    this.#open = new OpenUploads({ ...options, keeper: KEEPER });
  }

  /** Takes what one sender sends. Its steps throw Refusal. */
  takerFor(sender: UpdateSender): UploadTaker {
    return {
      begin: (sizeBytes) => this.#begin(sender, sizeBytes),
      known: (from) => this.#with(sender, (session) => session.known(from)),
      hasAll: (digests) => this.#with(sender, (session) => session.hasAll(digests)),
      putFrames: (bytes) => this.#with(sender, (session) => session.putFrames(bytes)),
      putDraft: (at, bytes) => this.#with(sender, (session) => session.putDraft(at, bytes)),
      publish: (draft) => this.#publish(sender, draft),
    };
  }

  /** Manifest of the version that is changed. @throws NacreError UPDATE_TOKEN_REFUSED, STORE_… */
  async baseManifest(sender: UpdateSender): Promise<Uint8Array> {
    const { base_id: base } = await this.#admitted(sender);
    return (await this.#options.openStore()).readManifestBytes(base);
  }

  /** @throws NacreError UPDATE_TOKEN_REFUSED for a token that is not, or not any more, that of the update */
  async check(sender: UpdateSender): Promise<void> {
    await this.#admitted(sender);
  }

  #admitted(sender: UpdateSender): Promise<UpdateSessionTable> {
    return this.#options.ground.store.read((db) => this.#admit(db, sender));
  }

  async #admit(db: Queries, { id, token }: UpdateSender): Promise<UpdateSessionTable> {
    const row = await findUpdate(db, id);
    const isKnown = row?.token_hash === digestOf(token);
    if (row !== undefined && isKnown && (isHeld(row.state) || row.state === 'done')) return row;
    throw new NacreError('UPDATE_TOKEN_REFUSED', { update: id });
  }

  async #begin(sender: UpdateSender, sizeBytes: number): Promise<UploadBegin> {
    const { ground } = this.#options;
    const row = await this.#admitted(sender);
    const version = versionOf(row);
    if (version !== null) return { algorithm: 1, parent: row.base_id, knownDigests: 0, version };
    await ground.store.change((db) => changeUpdate(db, row.id, heard(ground)));
    await this.#sweep();
    const begun = await this.#with(sender, (session) => session.begin(sizeBytes));
    // It became visible, and the manager ended before it could write that down.
    if (begun.version !== null) await this.#note(sender, begun.version);
    return begun;
  }

  async #publish(sender: UpdateSender, draft: UploadDraft): Promise<UploadedVersion> {
    const { ground, log } = this.#options;
    const actor = this.#actor(sender);
    const row = await this.#admitted(sender);
    const known = versionOf(row);
    if (known !== null) return known;
    await ground.store.change(async (db) =>
      moveUpdate(ground, db, await this.#admit(db, sender), { event: 'verify', actor }),
    );
    let version: UploadedVersion;
    try {
      const labels = { comment: row.comment, creator: creatorOf(row) };
      version = await this.#with(sender, (session) => session.publish(draft, labels));
    } catch (reason) {
      await ground.store.change(async (db) => {
        const now = await findUpdate(db, row.id);
        if (now?.state === 'verifying') await moveUpdate(ground, db, now, { event: 'miss', actor });
      });
      throw reason;
    }
    await this.#note(sender, version);
    const { usedBytes, storedBytes } = version;
    const facts = { update: row.id, terminal: row.terminal, usedBytes, storedBytes };
    log.info({ ...facts, image: `${version.name}@${version.id.slice(0, 8)}` }, 'image updated');
    await this.#sweep();
    return version;
  }

  /** Writes down that the version is there, and brings the lists up to date. */
  async #note(sender: UpdateSender, version: UploadedVersion): Promise<void> {
    const { ground, openStore } = this.#options;
    const actor = this.#actor(sender);
    const { id: version_id, usedBytes: used_bytes, storedBytes: stored_bytes } = version;
    await ground.store.change(async (db) => {
      const row = await this.#admit(db, sender);
      const verifying =
        row.state === 'uploading'
          ? await moveUpdate(ground, db, row, { event: 'verify', actor })
          : row;
      const columns = { version_id, used_bytes, stored_bytes };
      await moveUpdate(ground, db, verifying, { event: 'publish', actor, columns });
    });
    await syncPackages(ground, MANAGER, await openStore());
  }

  #actor({ id, address }: UpdateSender): Actor {
    return { kind: 'token', name: `update ${id.slice(0, 8)}`, address };
  }

  async #sweep(): Promise<void> {
    await this.#open.sweep(await this.#options.ground.store.read(heldUpdates));
  }

  async #with<Result>(
    sender: UpdateSender,
    work: (session: UploadSession) => Promise<Result>,
  ): Promise<Result> {
    try {
      const { id, image_name: name, base_id: parent, state } = await this.#admitted(sender);
      if (state === 'done') throw new NacreError('UPDATE_TOKEN_REFUSED', { update: id });
      return await work(await this.#open.sessionOf({ id, name, parent }));
    } catch (reason) {
      throw uploadRefusal(reason);
    }
  }
}
