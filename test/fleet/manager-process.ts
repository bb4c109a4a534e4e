/** A manager as its users run it: `nacre manager serve` in a process of its own, which can be killed, and whose cost the kernel knows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Ask, askAt, bearer, type Reply, tokenOf } from '../helpers/manager-lab.ts';
import { NOT_COUNTED } from '../helpers/nacre.ts';
import { peakBytesOf } from '../helpers/process-cost.ts';
import type { Owner } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');
/** Ticks of a second in /proc/PID/stat. */
const TICKS = 100;
/** Of what it prints the end is kept, for whoever looks why it did not start. */
const KEPT_CHARACTERS = 16_384;
const READY = /is ready: (https:\/\/[^\s]+:(\d+))\s[\s\S]*?key \(pin\)\s+sha256:([0-9a-f]{64})/;
const PASSWORD = /admin, password (\S+)/;
/** A manager that starts takes connections a little later than it took the last one. */
const ASK_AGAIN_MS = 250;
const ASK_TRIES = 240;

export interface ManagerProcessOptions {
  /** Of its data. */
  readonly folder: string;
  /** Store of images. */
  readonly store: string;
  /** Options of Node, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[] | undefined;
}

/** What all processes of a manager have cost so far, ended ones too. */
export interface ManagerCost {
  readonly cpuSeconds: number;
  /** Largest resident set that one of them had. */
  readonly peakBytes: number;
}

const cpuSecondsOf = async (pid: number): Promise<number> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may hold anything: fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

/** What it prints until a pattern comes. @throws Error with all of it when it ends before */
const printed = async (child: ChildProcess, wanted: readonly RegExp[]): Promise<string> => {
  const { stderr } = child;
  if (stderr === null) throw new TypeError('no stderr');
  let text = '';
  return await new Promise((resolve, reject) => {
    stderr.setEncoding('utf8').on('data', (part: string) => {
      text = `${text}${part}`.slice(-KEPT_CHARACTERS);
      if (wanted.every((pattern) => pattern.test(text))) resolve(text);
    });
    child.once('close', () => reject(new Error(`the manager ended: ${text}`)));
  });
};

export class ManagerProcess {
  readonly #options: ManagerProcessOptions;
  #child: ChildProcess | undefined;
  #ended: ManagerCost = { cpuSeconds: 0, peakBytes: 0 };
  #port = 0;
  #pin = '';
  #admin: Ask | undefined;
  /** How often it was killed. */
  kills = 0;

  private constructor(options: ManagerProcessOptions) {
    this.#options = options;
  }

  /** Starts one, with an administrator's token; it ends with its owner. */
  static async start(owner: Owner, options: ManagerProcessOptions): Promise<ManagerProcess> {
    const manager = new ManagerProcess(options);
    owner.teardown(() => manager.stop());
    const text = await manager.#spawn([READY, PASSWORD]);
    const [, , port, pin = ''] = READY.exec(text) ?? [];
    manager.#port = Number(port);
    manager.#pin = pin;
    const password = PASSWORD.exec(text)?.[1] ?? '';
    const token = await tokenOf(askAt(manager.#port), 'admin', password);
    manager.#admin = askAt(manager.#port, bearer(token));
    return manager;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** 64 hex digits. */
  get pin(): string {
    return this.#pin;
  }

  async #spawn(wanted: readonly RegExp[]): Promise<string> {
    const { folder, store, nodeOptions = [] } = this.#options;
    const words = ['manager', 'serve', '--data', folder, '--store', store];
    const listen = ['--listen', `127.0.0.1:${this.#port}`];
    const child = spawn(process.execPath, [...nodeOptions, MAIN, ...words, ...listen], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...NOT_COUNTED,
        PATH: process.env['PATH'],
        LANG: 'C.UTF-8',
        NACRE_CONFIG: '/dev/null',
      },
    });
    this.#child = child;
    return await printed(child, wanted);
  }

  /** Asks as an administrator; of a manager that is not there again until it is. */
  async ask(...[method, where, wish]: Parameters<Ask>): Promise<Reply> {
    const { admin, waitMs } = { admin: this.#admin, waitMs: ASK_AGAIN_MS };
    if (admin === undefined) throw new TypeError('no manager');
    for (let tries = 1; ; tries++) {
      try {
        return await admin(method, where, wish);
      } catch (reason) {
        const isAway = reason instanceof Error && 'code' in reason;
        if (!isAway || method !== 'GET' || tries === ASK_TRIES) throw reason;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** All items of a list. @throws Error for anything but a list */
  async list(where: string): Promise<readonly Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for (let next: unknown = ''; next !== null; ) {
      const after = next === '' ? '' : `&after=${encodeURIComponent(String(next))}`;
      const sign = where.includes('?') ? '&' : '?';
      const { status, json, text } = await this.ask('GET', `${where}${sign}limit=500${after}`);
      if (status !== 200 || !Array.isArray(json['items'])) throw new Error(`${where}: ${text}`);
      items.push(...json['items']);
      next = json['next'] ?? null;
    }
    return items;
  }

  async cost(): Promise<ManagerCost> {
    const pid = this.#child?.pid;
    if (pid === undefined) return this.#ended;
    return {
      cpuSeconds: this.#ended.cpuSeconds + (await cpuSecondsOf(pid)),
      peakBytes: Math.max(this.#ended.peakBytes, await peakBytesOf(pid)),
    };
  }

  /** As a crash or a person does it: nothing is told to anybody. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.#end('SIGKILL');
  }

  /** On the same data and the same port. */
  async startAgain(): Promise<void> {
    await this.#spawn([READY]);
  }

  /** Lets it end. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (!isOver) this.#ended = await this.cost();
    this.#child = undefined;
    if (isOver) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}
