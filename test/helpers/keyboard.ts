/** The keyboard of a virtual machine: keys through QEMU's monitor, as somebody presses them. */
import { Monitor } from './monitor.ts';

/** How QEMU calls what is not its own name. */
const NAMES: Readonly<Record<string, string>> = { ' ': 'spc', '\n': 'ret', '\u001b': 'esc' };

const nameOf = (key: string): string => {
  if (/^[A-Z]$/.test(key)) return `shift-${key.toLowerCase()}`;
  return NAMES[key] ?? key;
};

/** A keyboard, until it is closed. */
export class Keyboard implements Disposable {
  readonly #monitor: Monitor;

  private constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  static async open(path: string): Promise<Keyboard> {
    return new Keyboard(await Monitor.open(path));
  }

  /** Presses keys one after the other: letters, digits, blank, Enter as a line end, or names of QEMU such as `down`. */
  async press(...keys: readonly string[]): Promise<void> {
    // Held for a moment that ends before the next key.
    for (const key of keys) await this.#monitor.tell(`sendkey ${nameOf(key)} 20`);
  }

  /** Holds a key down, for so long. */
  async hold(key: string, milliseconds: number): Promise<void> {
    await this.#monitor.tell(`sendkey ${nameOf(key)} ${milliseconds}`);
  }

  /** Types a text. */
  type(text: string): Promise<void> {
    return this.press(...text);
  }

  [Symbol.dispose](): void {
    this.#monitor[Symbol.dispose]();
  }
}
