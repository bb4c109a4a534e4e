/** Sizes and limits of the image format, version 1 (docs/image-format.md). */

/** Version of manifest, pack and index that this program reads and writes. */
export const FORMAT_VERSION = 1;

/** Exponent of two of the chunk size. */
export const CHUNK_SHIFT = 16;
/** A place of a partition, the unit of identity. */
export const CHUNK_BYTES = 2 ** CHUNK_SHIFT;
/** What one bit of a mask stands for. */
export const BLOCK_BYTES = 4096;
export const BLOCKS_PER_CHUNK = CHUNK_BYTES / BLOCK_BYTES;
/** Mask of a chunk whose blocks are all used. */
export const FULL_MASK = 0xffff;

export const DIGEST_BYTES = 32;
export const RUN_RECORD_BYTES = 16;
export const MASK_RECORD_BYTES = 2;
export const FRAME_RECORD_BYTES = 16;

/** Digest of chunks: 1 BLAKE3-256, 2 SHA-256. */
export type DigestAlgorithm = 1 | 2;

/** Run kind, bit 0: every used block of the run is zero; there are no digests. */
export const RUN_ZERO = 1;
/** Run kind, bit 1: the run has a mask record for each chunk. */
export const RUN_MASKED = 2;

export const MANIFEST_HEADER_BYTES = 64;
export const MANIFEST_LIMIT_BYTES = 2 ** 32;
export const TEXT_LIMIT_BYTES = 16 * 2 ** 20;
/** Bytes of all boot regions together, without their 8-byte heads. */
export const BOOT_LIMIT_BYTES = 2 ** 20;
/** Every region has at least one sector of 512 bytes, except the one of sector 0. */
export const BOOT_REGION_LIMIT = BOOT_LIMIT_BYTES / 512 + 1;
export const BOOT_REGION_HEAD_BYTES = 8;
/** Length of the boot region of sector 0: the code before disk signature and table. */
export const BOOT_CODE_BYTES = 440;
export const PARTITION_LIMIT = 256;
export const RUN_LIMIT = 2 ** 26;
export const MASK_LIMIT = 2 ** 28;
export const DIGEST_LIMIT = 2 ** 27;

export const PACK_HEADER_BYTES = 32;
export const PACK_INDEX_HEAD_BYTES = 32;
export const PACK_FOOTER_BYTES = 64;
/** Whole file, so that it fits on FAT32 and in one download. */
export const PACK_LIMIT_BYTES = 2 ** 30;
export const PACK_FRAME_LIMIT = 2 ** 24;
export const PACK_CHUNK_LIMIT = 2 ** 26;
/** Chunks in a frame that this program writes. */
export const FRAME_CAP = 4;
/** Chunks in a frame that a reader accepts. */
export const FRAME_CAP_LIMIT = 16;
/** Frame flag, bit 0: the chunks are stored as they are. */
export const FRAME_STORED = 1;

/** True for an id of a digest algorithm. */
export const isDigestAlgorithm = (id: number): id is DigestAlgorithm => id === 1 || id === 2;
