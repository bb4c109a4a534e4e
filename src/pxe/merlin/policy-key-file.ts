/** Key files that the policy names: short texts beside it. */
import { open } from 'node:fs/promises';
import path from 'node:path';

/** Longest key file: what one message to Merlin has room for. */
const MOST_BYTES = 2048;

/** A key file, and how a fault in it is told. */
export interface KeyFile {
  readonly policyFile: string;
  /** As it stands in the policy. */
  readonly name: string;
  readonly unusable: (file: string, reason: string, cause?: unknown) => Error;
}

/** The text of a key file, and where it is. @throws what `unusable` makes */
export const readPolicyKeyFile = async ({
  policyFile,
  name,
  unusable,
}: KeyFile): Promise<{ readonly file: string; readonly text: string }> => {
  const file = path.resolve(path.dirname(policyFile), name);
  try {
    await using handle = await open(file, 'r');
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MOST_BYTES) throw unusable(file, `it has more than ${MOST_BYTES} bytes`);
    return { file, text: buffer.toString('utf8', 0, bytesRead) };
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause && 'code' in cause)
      throw unusable(file, String(cause.code), cause);
    throw cause;
  }
};
