/** What a version takes in an empty backup partition. */
import type { Manifest } from '../../codec/manifest.ts';
import { DigestIndex } from '../store/digest-index.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { digestsOf } from '../store/version-files.ts';
import { lackedFrames, packBytesOf } from './fill-frames.ts';

/** Bytes of the frames that it needs, as packs; cluster ends and the manifest come on top. */
export const versionBytes = (manifest: Manifest, packs: readonly StoredPack[]): number =>
  packBytesOf(lackedFrames(new DigestIndex(digestsOf(manifest)), [], packs));
