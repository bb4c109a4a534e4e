/** Public keys whose images a device takes, from the file that the policy names. */
import { createPublicKey } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';

/** Longest key file: what one message to Merlin has room for. */
const MOST_BYTES = 2048;

const unusable = (file: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('PXE_TRUST_UNUSABLE', { file, reason }, { cause });

const readText = async (file: string): Promise<string> => {
  try {
    await using handle = await open(file, 'r');
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MOST_BYTES) throw unusable(file, `it has more than ${MOST_BYTES} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause && 'code' in cause)
      throw unusable(file, String(cause.code), cause);
    throw cause;
  }
};

/**
 * The key in a file beside the policy, PEM.
 *
 * @throws NacreError PXE_TRUST_UNUSABLE when it cannot be read, or holds anything but one public Ed25519 key
 */
export const readTrustKey = async (policyFile: string, name: string): Promise<string> => {
  const file = path.resolve(path.dirname(policyFile), name);
  const text = await readText(file);
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
