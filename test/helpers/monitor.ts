/** The monitor of a virtual machine, over the socket that QEMU was told to open. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A machine that was just switched on opens its socket soon. */
const TRIES = 50;
const TRY_MS = 100;

const connected = async (path: string): Promise<Socket> => {
  for (let left = TRIES; ; left--) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (reason) {
      if (left === 0) throw reason;
      await wait(TRY_MS);
    }
  }
};

/** Until it is closed. */
export class Monitor implements Disposable {
  readonly #socket: Socket;
  #said = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      socket.emit('more');
    });
  }

  static async open(path: string): Promise<Monitor> {
    const monitor = new Monitor(await connected(path));
    await monitor.#prompt();
    return monitor;
  }

  /** Gives it a command, and waits until that is done. */
  async tell(command: string): Promise<void> {
    this.#said = '';
    this.#socket.write(`${command}\n`);
    await this.#prompt();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #prompt(): Promise<void> {
    while (!this.#said.endsWith('(qemu) ')) await once(this.#socket, 'more');
  }
}
