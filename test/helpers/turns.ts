/** AVA begins all tests of a file at once; where each needs connections and memory, only some of them go on. */

/** @returns what runs work when it is its turn, at most `most` of them at a time */
export const takeTurns = (most: number) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};
