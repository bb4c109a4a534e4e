/** What ends the parts of a bench when it is over, however it ends. */
import type { Owner } from '../helpers/temporary-folder.ts';

/** Runs work with an owner; what it took is given back in the reverse order. */
export const withOwner = async <T>(work: (owner: Owner) => Promise<T>): Promise<T> => {
  const endings: (() => unknown)[] = [];
  try {
    return await work({ teardown: (end: () => unknown) => endings.push(end) });
  } finally {
    for (const end of endings.reverse()) await end();
  }
};
