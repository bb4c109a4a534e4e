/**
 * A new image that begins with a version of another one. No chunk is copied: only a manifest is written, with the new name and the
 * version as its parent. Its id is another one, since the name stands in what the id is the SHA-256 of; so signatures do not come
 * along: who signed `lab-pc` did not say that it may be called `kiosk`.
 */
import { NacreError } from '../../errors.ts';
import { CaptureSession } from './capture-session.ts';
import { idsOf } from './image-record.ts';
import { readRecord, resolveImage } from './image-records.ts';
import type { StoreContext } from './store-lock.ts';
import { readManifest } from './version-files.ts';
import type { PublishedVersion } from './version-publish.ts';

export interface BranchOptions {
  /** IMAGE that is branched from. */
  readonly from: string;
  /** The new image. */
  readonly name: string;
  readonly title?: string | undefined;
  /** By default the comment of the version. */
  readonly comment?: string | undefined;
  readonly creator: string;
  /** Private key, PEM. */
  readonly sign?: string | undefined;
}

/** @throws NacreError `IMAGE_EXISTS`, `IMAGE_NAME`, `IMAGE_NOT_FOUND`, `IMAGE_KEY_INVALID`, `STORE_BUSY`, `STORE_FULL`, `STORE_READ_ONLY` */
export const branchImage = async (
  context: StoreContext,
  { from, name, title, comment, creator, sign }: BranchOptions,
): Promise<PublishedVersion> => {
  const { id } = await resolveImage(context.files, from);
  const { algorithm } = await readManifest(context.files, id);
  // Its lease keeps the version, which may be removed meanwhile.
  await using session = await CaptureSession.begin(context, { name, algorithm, parent: id });
  const record = await readRecord(context.files, name);
  const versions = record === undefined ? 0 : idsOf(record).length;
  if (versions > 0) throw new NacreError('IMAGE_EXISTS', { image: name, versions });
  const manifest = await readManifest(context.files, id);
  const { machines, disk, bootRegions, partitions, releaseCounter } = manifest;
  return await session.publish({
    ...{ title, creator, machines, disk, bootRegions, partitions, releaseCounter, sign },
    comment: comment ?? manifest.comment,
    packs: [],
  });
};
