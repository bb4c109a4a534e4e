/** The monitor of a virtual machine, over the socket that QEMU was told to open. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

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
    const monitor = new Monitor(connect(path));
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
