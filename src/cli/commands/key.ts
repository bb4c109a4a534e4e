/** `nacre key`: keys that sign images. */
import { writeFile } from 'node:fs/promises';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';

const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;

/** Writes a file that must not exist yet: a key that is overwritten is lost for good. */
const writeNew = async (path: string, text: string, mode: number): Promise<void> => {
  try {
    await writeFile(path, text, { flag: 'wx', mode });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new NacreError('CLI_FILE_EXISTS', { path }, { cause: error });
    }
    throw error;
  }
};

const makeKey = async (call: Call): Promise<Outcome> => {
  const { makeKeyPair } = await import('../../image/store/signature.ts');
  const privateKey = call.parameter(0);
  const publicKey = `${privateKey}.pub`;
  const pair = makeKeyPair();
  // The public half first: a private key without it would look like a finished pair.
  await writeNew(publicKey, pair.publicPem, PUBLIC_MODE);
  await writeNew(privateKey, pair.privatePem, PRIVATE_MODE);
  const text = call.session.text({
    en: `private key ${privateKey} (keep it secret), public key ${publicKey} (for --trust)\n`,
    ja: `秘密鍵 ${privateKey}(秘密に保管)、公開鍵 ${publicKey}(--trust 用)\n`,
  });
  return { json: { privateKey, publicKey }, text };
};

const MAKE: CommandSpec = {
  name: 'make',
  parameters: '<FILE>',
  summary: { en: 'make an Ed25519 key pair', ja: 'Ed25519 の鍵の対を作成' },
  details: {
    en: 'Writes the private key to FILE (readable by its owner only) and the public key to FILE.pub, both PEM as openssl writes them. Existing files are not touched.',
    ja: '秘密鍵を FILE(所有者だけが読める)、公開鍵を FILE.pub に、openssl と同じ PEM 形式で書きます。既存のファイルは変更しません。',
  },
  example: 'nacre key make release.pem\nnacre image capture /dev/sdb lab-pc --sign release.pem',
  run: makeKey,
};

export const KEY_FAMILY: FamilySpec = {
  name: 'key',
  summary: { en: 'keys that sign images', ja: 'イメージに署名する鍵' },
  commands: [MAKE],
};
