/**
 * `<id>.signatures`: who signed a version, as JSON. Each signature is Ed25519 (RFC 8032) over the ASCII
 * text of `signedText(id)`. The file lies beside the manifest, so that signing later keeps the id.
 */
import * as z from 'zod';
import { formatError } from './bytes.ts';
import { parseShape } from './json-shape.ts';

/** Bytes of a signatures file. */
export const SIGNATURES_LIMIT_BYTES = 64 * 1024;
const SIGNATURE_LIMIT = 128;

/** One signature; both fields are base64: SPKI DER of the public key (44 bytes), signature (64 bytes). */
export interface ManifestSignature {
  readonly key: string;
  readonly signature: string;
}

const signatures = z.object({
  signatures: z
    .array(
      z.object({
        key: z.string().regex(/^[A-Za-z0-9+/]{59}=$/),
        signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
      }),
    )
    .max(SIGNATURE_LIMIT),
});

/** What is signed for a version: 16 + 64 ASCII characters. */
export const signedText = (id: string): string => `nacre manifest ${id}`;

/** @throws NacreError `IMAGE_FORMAT`. That a signature is right is not checked here. */
export const parseSignatures = (bytes: Uint8Array): readonly ManifestSignature[] => {
  if (bytes.length > SIGNATURES_LIMIT_BYTES) {
    throw formatError('signatures', 'length', bytes.length, `at most ${SIGNATURES_LIMIT_BYTES}`);
  }
  return parseShape('signatures', signatures, bytes).signatures;
};

/** UTF-8 JSON. */
export const serializeSignatures = (values: readonly ManifestSignature[]): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({ signatures: values.map(({ key, signature }) => ({ key, signature })) }),
  );
