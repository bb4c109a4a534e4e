/** Terminals besides the one of the process: the serial line, at which somebody may sit as well as at the screen. */
import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** A terminal that can be typed at. */
export interface OpenTerminal {
  readonly path: string;
  readonly input: ReadStream;
  /** Ends it; the process would wait for its keys. */
  close(): void;
}

/**
 * Opens a terminal for its keys. `undefined` where nothing is behind its name, such as a serial line that the machine does not
 * have: the kernel has names for those too.
 */
export const openTerminal = (path: string): OpenTerminal | undefined => {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    const input = new ReadStream(file);
    input.on('error', () => undefined);
    return { path, input, close: () => void input.destroy() };
  } catch (reason) {
    if (!(reason instanceof Error && 'code' in reason)) throw reason;
    if (file !== undefined) closeSync(file);
    return undefined;
  }
};
