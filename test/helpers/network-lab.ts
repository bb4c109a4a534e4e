/**
 * Networks of a test: hosts are network namespaces, segments are bridges in one more. Nothing of it reaches the host's
 * own network, and all of it is gone after the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { runTool } from '../../src/disk/tool.ts';
import { compiledProgram } from './compiled-program.ts';
import type { Owner } from './temporary-folder.ts';

let labs = 0;

/** Volumes of other tests are let go at once. */
const OWN_CARDS = `findmnt --raw --noheadings --output TARGET | grep '^/tmp/' | xargs --no-run-if-empty umount --lazy
mount -t sysfs cards /sys && exec "$@"`;

/** Arguments of `ip` for people to read: one text, split at blanks. */
const ip = async (text: string): Promise<void> => {
  await runTool('ip', text.split(' '));
};

/** A program that runs in a host; its lines of both outputs are kept. */
export class RunningProgram {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #hasClosed = false;
  /** Lines below it were waited for already. */
  #read = 0;
  #text = '';
  #textRead = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close').then(() => {
      this.#hasClosed = true;
      child.emit('more');
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        child.emit('more');
      });
      stream.on('data', (bytes: Buffer) => {
        this.#text += bytes.toString('latin1');
        child.emit('more');
      });
    }
  }

  /** Of the program itself: what starts it in its host gives its process to it. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#hasClosed;
  }

  /** The next line that matches, behind the one that was found before. @throws Error when it ends without one */
  async waitFor(wanted: RegExp): Promise<string> {
    for (;;) {
      while (this.#read < this.lines.length) {
        const line = this.lines[this.#read] ?? '';
        this.#read += 1;
        if (wanted.test(line)) return line;
      }
      if (this.#hasClosed) throw new Error(`no ${wanted} in:\n${this.lines.join('\n')}`);
      await once(this.#child, 'more');
    }
  }

  /** The same for what need not be a whole line, such as a question or a screen that is drawn. */
  async waitForText(wanted: RegExp): Promise<string> {
    for (;;) {
      const found = wanted.exec(this.#text.slice(this.#textRead));
      if (found !== null) {
        this.#textRead += found.index + found[0].length;
        return found[0];
      }
      if (this.#hasClosed) throw new Error(`no ${wanted} in:\n${this.#text}`);
      await once(this.#child, 'more');
    }
  }

  /** Gives it keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Gives it a line. */
  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for its end. @returns all lines */
  async end(): Promise<readonly string[]> {
    await this.#closed;
    return this.lines;
  }

  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.signal(name);
    await this.#closed;
  }
}

/** Hosts and the segments between them. */
export class NetworkLab {
  readonly #prefix: string;
  readonly #namespaces = new Set<string>();
  readonly #segments = new Map<string, number>();
  readonly #programs: RunningProgram[] = [];
  #links = 0;

  private constructor() {
    labs += 1;
    this.#prefix = `nacre-${process.pid}-${labs}`;
  }

  /** An empty lab, removed with all its programs after the test. */
  static async open(t: Owner): Promise<NetworkLab> {
    const lab = new NetworkLab();
    t.teardown(() => lab.#close());
    await lab.#addNamespace('switch');
    return lab;
  }

  /** Connects a host to a segment; both are made when they are new. */
  async connect(host: string, name: string, segment: string, address?: string): Promise<void> {
    await this.#addNamespace(host);
    const bridge = await this.#bridge(segment);
    const [inside, outside] = [this.#name(host), this.#name('switch')];
    this.#links += 1;
    const port = `port${this.#links}`;
    await ip(`link add ${name} netns ${inside} type veth peer name ${port} netns ${outside}`);
    await ip(`-n ${outside} link set ${port} master ${bridge} up`);
    await ip(`-n ${inside} link set ${name} up`);
    if (address !== undefined) await ip(`-n ${inside} address add ${address} dev ${name}`);
  }

  /**
   * Makes a tap device on a segment for a virtual machine, whose QEMU has to run on the host `switch`.
   *
   * @returns its name
   */
  async tap(segment: string): Promise<string> {
    const bridge = await this.#bridge(segment);
    const name = this.#name('switch');
    this.#links += 1;
    const tap = `tap${this.#links}`;
    await ip(`-n ${name} tuntap add dev ${tap} mode tap`);
    await ip(`-n ${name} link set ${tap} master ${bridge} up`);
    return tap;
  }

  /** Runs `ip` for a host. */
  async ip(host: string, text: string): Promise<void> {
    await ip(`-n ${this.#name(host)} ${text}`);
  }

  /** Starts a program in a host. It is killed after the test. */
  start(host: string, program: string, args: readonly string[]): RunningProgram {
    // It ends with this process too: a test that runs out of time is killed and tears nothing down. Not "ip netns exec": that takes
    // a copy of all mounts, and a volume that another test unmounts meanwhile stays mounted in it.
    const words = ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${this.#name(host)}`];
    const child = spawn('setpriv', [...words, program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const running = new RunningProgram(child);
    this.#programs.push(running);
    return running;
  }

  /** The same, with the host's own network cards in /sys. */
  startWithCards(host: string, program: string, args: readonly string[]): RunningProgram {
    const words = ['--mount', '--propagation', 'private', 'sh', '-c', OWN_CARDS, 'sh', program];
    return this.start(host, 'unshare', [...words, ...args]);
  }

  /** Starts a TypeScript program of test/helpers in a host. */
  startHelper(host: string, name: string, ...args: readonly string[]): RunningProgram {
    return this.start(host, process.execPath, [compiledProgram(name), ...args]);
  }

  #name(host: string): string {
    return `${this.#prefix}-${host}`;
  }

  async #addNamespace(host: string): Promise<void> {
    const name = this.#name(host);
    if (this.#namespaces.has(name)) return;
    this.#namespaces.add(name);
    await ip(`netns add ${name}`);
    await ip(`-n ${name} link set lo up`);
  }

  async #bridge(segment: string): Promise<string> {
    const known = this.#segments.get(segment);
    const number = known ?? this.#segments.size;
    const bridge = `bridge${number}`;
    if (known !== undefined) return bridge;
    this.#segments.set(segment, number);
    const name = this.#name('switch');
    await ip(`-n ${name} link add ${bridge} type bridge forward_delay 0 stp_state 0`);
    await ip(`-n ${name} link set ${bridge} up`);
    return bridge;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop('SIGKILL')));
    for (const name of this.#namespaces) await ip(`netns delete ${name}`);
  }
}
