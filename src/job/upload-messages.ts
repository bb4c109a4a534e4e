/**
 * What a device says to send a capture, beside the raw bytes of frames and manifest (`src/image/upload/upload-target.ts`).
 * Both sides take what the other says for hostile.
 */
import * as z from 'zod';

/** Folder of terminal-side updates below a manager's address. */
export const UPDATE_PATH = '/update/v1';

const size = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** The disk that is captured. */
export const UPLOAD_BEGIN = z.object({ sizeBytes: z.int().min(1) });

/** A version that came by an upload. */
export const UPLOADED = z.object({
  name: z.string().max(64),
  id: digest,
  parent: digest.nullable(),
  usedBytes: size,
  storedBytes: size,
});

/** What is asked of the device, and how many digests it need not send. */
export const UPLOAD_ANSWER = z.object({
  algorithm: z.literal([1, 2]),
  parent: digest.nullable(),
  knownDigests: size,
  /** It is published already. */
  version: UPLOADED.nullable(),
});

/** A manifest that was sent whole. */
export const UPLOAD_DRAFT = z.object({ bytes: z.int().min(1), digest });

/** Bytes of the manifest that are there. */
export const UPLOAD_LENGTH = z.object({ bytes: size });

/** Whether chunks that were asked for have arrived. */
export const UPLOAD_HAVE = z.object({ hasAll: z.boolean() });
/** Most digests of such a question: more than a piece has. */
export const HAVE_LIMIT_BYTES = 2 ** 20;
