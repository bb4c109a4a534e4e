/** Who makes a version, for people who read its manifest. */
import os from 'node:os';

const userName = (): string => {
  try {
    return os.userInfo().username;
  } catch (error) {
    // A container may run as a user number that has no name.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR') {
      return String(process.getuid?.() ?? '');
    }
    throw error;
  }
};

/** `user@host` of this process. */
export const creatorName = (): string => `${userName()}@${os.hostname()}`;
