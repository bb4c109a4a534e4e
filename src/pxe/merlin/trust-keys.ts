/** Public keys whose images a device takes, from the file that the policy names. */
import { createPublicKey } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import { readPolicyKeyFile } from './policy-key-file.ts';

const unusable = (file: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_TRUST_UNUSABLE', { file, reason }, { cause });

/**
 * The key in a file beside the policy, PEM.
 *
 * @throws NacreError PXE_TRUST_UNUSABLE when it cannot be read, or holds anything but one public Ed25519 key
 */
export const readTrustKey = async (policyFile: string, name: string): Promise<string> => {
  const { file, text } = await readPolicyKeyFile({ policyFile, name, unusable });
  // createPublicKey would take a private key as well, and send it on.
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(text) || text.includes('PRIVATE'))
    throw unusable(file, 'it holds no public key');
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === 'ed25519')
      return key.export({ type: 'spki', format: 'pem' }).toString();
    throw unusable(file, `its key is of the kind ${key.asymmetricKeyType}, needed is ed25519`);
  } catch (cause) {
    if (cause instanceof NacreError) throw cause;
    throw unusable(file, 'it holds no public key', cause);
  }
};
