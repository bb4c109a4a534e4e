/** The private key that signs what devices capture, from the file that the policy names. It never leaves the server. */
import { NacreError } from '../../errors.ts';
import { publicPemOf } from '../../image/store/signature.ts';
import { readPolicyKeyFile } from './policy-key-file.ts';

const unusable = (file: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_SIGN_UNUSABLE', { file, reason }, { cause });

/**
 * The key in a file beside the policy, PEM.
 *
 * @throws NacreError PXE_SIGN_UNUSABLE when it cannot be read, or holds anything but one private Ed25519 key
 */
export const readSignKey = async (policyFile: string, name: string): Promise<string> => {
  const { file, text } = await readPolicyKeyFile({ policyFile, name, unusable });
  try {
    publicPemOf(text);
    return text;
  } catch (cause) {
    const reason = cause instanceof NacreError ? String(cause.facts['reason']) : String(cause);
    throw unusable(file, reason, cause);
  }
};
