/** The keyboard of a virtual machine: keys through QEMU's monitor, as somebody presses them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How QEMU calls what is not its own name. */
const NAMES: Readonly<Record<string, string>> = { ' ': 'spc', '\n': 'ret', '\u001b': 'esc' };

const nameOf = (key: string): string => {
  if (/^[A-Z]$/.test(key)) return `shift-${key.toLowerCase()}`;
  return NAMES[key] ?? key;
};

/** A keyboard, until it is closed. */
export class Keyboard implements Disposable {
  readonly #monitor: Socket;
  #said = '';

  private constructor(monitor: Socket) {
    this.#monitor = monitor;
    monitor.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      monitor.emit('more');
    });
  }

  static async open(path: string): Promise<Keyboard> {
    const monitor = connect(path);
    const keyboard = new Keyboard(monitor);
    await keyboard.#prompt();
    return keyboard;
  }

  /** Presses keys one after the other: letters, digits, blank, Enter as a line end, or names of QEMU such as `down`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#said = '';
      // Held for a moment that ends before the next key.
      this.#monitor.write(`sendkey ${nameOf(key)} 20\n`);
      await this.#prompt();
    }
  }

  /** Types a text. */
  type(text: string): Promise<void> {
    return this.press(...text);
  }

  [Symbol.dispose](): void {
    this.#monitor.destroy();
  }

  /** QEMU has done what it was told. */
  async #prompt(): Promise<void> {
    while (!this.#said.endsWith('(qemu) ')) await once(this.#monitor, 'more');
  }
}
