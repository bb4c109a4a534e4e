/** What restore and verify need of a place that holds versions: a store, or a backup partition. */
import type { Manifest } from '../../codec/manifest.ts';
import type { ManifestSignature } from '../../codec/signatures.ts';
import type { ResolvedImage } from './image-records.ts';
import type { StoredPack } from './pack-file.ts';

/** Bytes of a whole disk. */
export interface DiskPlace {
  /** `identity` of the disk. */
  readonly identity: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** Versions that can be read. */
export interface ImageSource {
  /** Folder, address or partition, as people know it. */
  readonly location: string;
  /** The part of a disk that is read; undefined where no restore can reach it. */
  readonly diskPlace: DiskPlace | undefined;
  /** @throws NacreError `IMAGE_NAME`, `IMAGE_AMBIGUOUS`, `IMAGE_NOT_FOUND` */
  resolve(image: string): Promise<ResolvedImage>;
  /** @throws NacreError `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`, `IMAGE_FORMAT_VERSION` */
  readManifest(id: string): Promise<Manifest>;
  /** The manifest as it was written. @throws NacreError as `readManifest` */
  readManifestBytes(id: string): Promise<Uint8Array>;
  /** Who signed a version. That they are right is not checked here. */
  readSignatures(id: string): Promise<readonly ManifestSignature[]>;
  /** Runs work that reads the packs of a version. @throws NacreError `STORE_…` */
  withPacks<Result>(
    id: string,
    work: (packs: readonly StoredPack[]) => Promise<Result>,
  ): Promise<Result>;
  /** Exactly `length` bytes of a pack. @throws NacreError `STORE_FILE_MISSING`, `STORE_FILE_LENGTH` */
  readPackBytes(pack: string, offset: number, length: number): Promise<Uint8Array>;
}
