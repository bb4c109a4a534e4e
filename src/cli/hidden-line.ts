/** One line that is typed and not shown, at whichever of several terminals somebody types it. */

/** Longest line; what is longer is cut, and fits no password then. */
const MOST_BYTES = 4096;
const END = new Set([0x0a, 0x0d]);
const DELETE = new Set([0x08, 0x7f]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_U = 0x15;
const ESC = 0x1b;

/** What a piece of typing led to: still typing, a line, or that the person left. */
type Typed = 'more' | 'left' | { readonly line: string };

/** The keys of one terminal in raw mode, where nobody else deletes letters or ends lines. */
export class HiddenLine {
  #bytes: number[] = [];

  /** Takes what came at once: keys of several bytes, such as arrows, come in one piece. */
  take(piece: Uint8Array): Typed {
    // An arrow is no letter; Esc alone is the wish to leave.
    if (piece[0] === ESC) return piece.length === 1 ? 'left' : 'more';
    for (const byte of piece) {
      const typed = this.#key(byte);
      if (typed !== 'more') return typed;
    }
    return 'more';
  }

  #key(byte: number): Typed {
    if (END.has(byte)) return { line: Buffer.from(this.#bytes).toString('utf8') };
    if (byte === CTRL_C || (byte === CTRL_D && this.#bytes.length === 0)) return 'left';
    if (DELETE.has(byte)) this.#bytes.pop();
    else if (byte === CTRL_U) this.#bytes = [];
    else if (byte >= 0x20 && this.#bytes.length < MOST_BYTES) this.#bytes.push(byte);
    return 'more';
  }
}

/** What can be typed at: a terminal, or a file or pipe in its place. */
export type HiddenInput = Pick<
  NodeJS.ReadStream,
  'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'
>;

/** A line, and the input that it came from. */
export interface HiddenAnswer<Input> {
  readonly line: string;
  readonly input: Input;
}

export interface HiddenQuestion {
  /** Ends the question without an answer. */
  readonly signal: AbortSignal;
  /** Asks, when nothing is shown any more: a terminal would show what is typed before that. */
  readonly ask?: (() => void) | undefined;
}

/**
 * Waits for a line at any of the inputs. `undefined` when somebody leaves (Esc, Ctrl-C, Ctrl-D), when every input ends, and when
 * the signal comes. The terminals are as they were before, afterwards.
 */
export const readHiddenLine = <Input extends HiddenInput>(
  inputs: readonly Input[],
  { signal, ask }: HiddenQuestion,
): Promise<HiddenAnswer<Input> | undefined> =>
  new Promise((resolve) => {
    const releases: (() => void)[] = [];
    let open = inputs.length;
    const end = (answer: HiddenAnswer<Input> | undefined): void => {
      for (const release of releases.splice(0)) release();
      resolve(answer);
    };
    const stop = (): void => end(undefined);
    for (const input of inputs) {
      const line = new HiddenLine();
      const onData = (piece: Buffer | string): void => {
        const typed = line.take(Buffer.from(piece));
        if (typed === 'left') stop();
        else if (typed !== 'more') end({ ...typed, input });
      };
      const onGone = (): void => {
        open -= 1;
        if (open === 0) stop();
      };
      input.on('data', onData);
      input.on('end', onGone);
      input.on('error', onGone);
      if (input.isTTY) input.setRawMode(true);
      releases.push(() => {
        input.off('data', onData);
        input.off('end', onGone);
        input.off('error', onGone);
        if (input.isTTY) input.setRawMode(false);
        input.pause();
      });
      input.resume();
    }
    signal.addEventListener('abort', stop, { once: true });
    releases.push(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
    else ask?.();
  });
