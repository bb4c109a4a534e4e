/** Who signed an image, and whether one of the keys that are trusted did. */
import type { ImageSource } from './store/image-source.ts';
import { checkSignatures, checkTrust } from './store/signature.ts';

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
