/** The key of a device: made on the device, never sent, never made anew by itself. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import { fingerprintOf } from '../../job/enrolment.ts';
import { keyTextOf } from '../../job/signed-message.ts';
import { type AgentFiles, readIfThere } from './agent-files.ts';
import { writeWhole } from './whole-file.ts';

export interface DeviceKey {
  /** PKCS#8, PEM. */
  readonly privatePem: string;
  /** Public half as the wire has it. */
  readonly text: string;
  /** SHA-256 of the public half: what people compare. */
  readonly fingerprint: string;
}

const keyOf = (privatePem: string): DeviceKey => {
  const text = keyTextOf(privatePem);
  return { privatePem, text, fingerprint: fingerprintOf(text) };
};

const isEd25519 = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return false;
    throw reason;
  }
};

/** A new key, which nobody has kept yet. */
export const makeDeviceKey = (): DeviceKey => {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return keyOf(privateKey);
};

/** @throws NacreError AGENT_STATE_DAMAGED; undefined where the device has none */
export const readDeviceKey = async ({ key: path }: AgentFiles): Promise<DeviceKey | undefined> => {
  const pem = await readIfThere(path);
  if (pem === undefined) return undefined;
  if (isEd25519(pem)) return keyOf(pem);
  throw new NacreError('AGENT_STATE_DAMAGED', { path, reason: 'it is no Ed25519 key in PEM' });
};

/** The key of the device, made where there is none. @throws NacreError AGENT_STATE_DAMAGED */
export const openDeviceKey = async (files: AgentFiles): Promise<DeviceKey> => {
  const known = await readDeviceKey(files);
  if (known !== undefined) return known;
  const made = makeDeviceKey();
  await writeWhole(files.key, made.privatePem);
  return made;
};
