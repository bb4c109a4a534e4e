/** Pauses between tries: longer each time, over at once when the service ends. */

const FIRST_MS = 500;
const MOST_MS = 30_000;

/** Milliseconds before the try after so many failures in a row. */
export const backOffMs = (failures: number): number =>
  Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), MOST_MS);

/** Resolves after that time, or when `signal` is aborted. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
