/** Who signed an image, and whether one of the keys that are trusted did. */

import type { TrustAnchors } from '../codec/trust-anchors.ts';
import { NacreError } from '../errors.ts';
import type { ImageSource } from './store/image-source.ts';
import { checkSignatures, checkTrust, signersOf } from './store/signature.ts';

export interface ImageTrust {
  /** Names of the keys whose signature is right; empty when nobody signed. */
  readonly signedBy: readonly string[];
  /** The trusted key among them; absent when no key was given. */
  readonly trustedKey: string | undefined;
}

/**
 * Checks the signatures of a version.
 *
 * @throws NacreError IMAGE_UNTRUSTED when keys are given and none of them signed it; IMAGE_KEY_INVALID
 */
export const judgeSignatures = async (
  source: ImageSource,
  id: string,
  trust: readonly string[] | undefined,
): Promise<ImageTrust> => {
  const signatures = await source.readSignatures(id);
  const signedBy = checkSignatures(id, signatures)
    .filter((state) => state.isRight)
    .map((state) => state.key);
  const isAsked = trust !== undefined && trust.length > 0;
  return { signedBy, trustedKey: isAsked ? checkTrust(id, signatures, trust) : undefined };
};

export interface TrustWish {
  /** Public keys, PEM; the image was checked against them already. */
  readonly keys: readonly string[];
  readonly allowsUnsigned: boolean;
}

/**
 * What a device trusts from now on: the keys that were named, else those of the image's own signers.
 *
 * @throws NacreError IMAGE_UNSIGNED when there are none, and unsigned images were not asked for
 */
export const trustAnchorsOf = async (
  source: ImageSource,
  image: { readonly name: string; readonly id: string },
  { keys, allowsUnsigned }: TrustWish,
): Promise<TrustAnchors> => {
  if (keys.length > 0 || allowsUnsigned) return { keys, allowsUnsigned };
  const signers = signersOf(image.id, await source.readSignatures(image.id));
  if (signers.length > 0) return { keys: signers, allowsUnsigned: false };
  throw new NacreError('IMAGE_UNSIGNED', { image: `${image.name}@${image.id.slice(0, 8)}` });
};
