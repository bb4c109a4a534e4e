/**
 * The warning before a restart: users are told, and may put it off as often as the job allows. They are told in every
 * terminal, by the programs of a folder, and by a file that anybody may read; they answer with a file in a folder that anybody may write into.
 */
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { isUntold } from '../../disk/machine.ts';
import { runTool } from '../../disk/tool.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { JobTicket } from '../../job/job-ticket.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { AgentWorld } from '../agent-world.ts';
import { readIfThere } from '../state/agent-files.ts';

/** Folder of what users of the device may see; gone with each start of the machine. */
export const NOTICE_FOLDER = '/run/nacre-agent';

const STEP_MS = 1000;
/** Seconds before the restart at which it is said again. */
const MARKS: readonly number[] = [300, 60, 10];
const HOOK_MS = 10_000;
const MOST_HOOKS = 32;

const noticeFile = (folder: string): string => path.join(folder, 'notice.json');
const answersFolder = (folder: string): string => path.join(folder, 'answers');

const shape = z.object({
  job: z.string().max(64),
  /** From `at` on, which is by the device's own clock. */
  seconds: z.int().min(0),
  at: z.iso.datetime(),
  postponesLeft: z.int().min(0),
  postponeSeconds: z.int().min(0),
});
export type Notice = Readonly<z.output<typeof shape>>;

/** The restart that is announced; undefined without one. */
export const readNotice = async (folder: string): Promise<Notice | undefined> => {
  const text = await readIfThere(noticeFile(folder));
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    // It is being written.
    return undefined;
  }
};

/** Asks for the restart to be put off. @throws NacreError AGENT_NOTHING_TO_POSTPONE */
export const postpone = async (folder: string, name: string): Promise<Notice> => {
  const notice = await readNotice(folder);
  const refused = (reason: string): NacreError =>
    new NacreError('AGENT_NOTHING_TO_POSTPONE', { reason });
  if (notice === undefined) throw refused('no restart is announced');
  if (notice.postponesLeft === 0) throw refused('it was put off as often as the job allows');
  await writeFile(path.join(answersFolder(folder), name), '');
  return notice;
};

export interface NoticeOptions {
  readonly job: string;
  readonly notice: NonNullable<JobTicket['notice']>;
  /** How often it was put off before this agent started. */
  readonly postpones: number;
  readonly folder: string;
  /** Programs that are told. */
  readonly hooks: string;
  readonly world: AgentWorld;
  readonly log: ServiceLog;
  readonly signal: AbortSignal;
  /** Stored before it counts. */
  readonly onPostpone: (postpones: number) => Promise<void>;
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (reason) {
    if (isUntold(reason)) return [];
    throw reason;
  }
};

class Countdown {
  readonly #options: NoticeOptions;
  #postpones: number;

  constructor(options: NoticeOptions) {
    this.#options = options;
    this.#postpones = options.postpones;
  }

  get #left(): number {
    return Math.max(0, this.#options.notice.postpones - this.#postpones);
  }

  async open(): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const answers = answersFolder(folder);
    await rm(answers, { recursive: true, force: true });
    await mkdir(answers);
    // Written into by everybody, listed by nobody but us; a umask would take that back.
    await chmod(answers, 0o1733);
  }

  /** Says how long it is; a hook or a terminal that cannot be told stops nothing. */
  async say(seconds: number): Promise<void> {
    const { job, notice, folder, world, hooks } = this.#options;
    const { postponeSeconds } = notice;
    const said = { job, seconds, at: world.now().toISOString(), postponesLeft: this.#left };
    await writeFile(noticeFile(folder), JSON.stringify({ ...said, postponeSeconds }));
    // The umask of a service would keep it from everybody.
    await chmod(noticeFile(folder), 0o644);
    const later = this.#left > 0 ? ' To put it off: nacre agent postpone' : '';
    const text = `This device starts again in ${seconds} s to renew its system. Save your work.${later}\n`;
    await this.#try('terminals', () => world.tell(text));
    for (const name of (await namesIn(hooks)).slice(0, MOST_HOOKS)) {
      const words = ['restart', String(seconds), String(this.#left)];
      const signal = AbortSignal.timeout(HOOK_MS);
      await this.#try(name, () => runTool(path.join(hooks, name), words, { signal }));
    }
  }

  async #try(whom: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (reason) {
      if (!isNacreError(reason) && !(reason instanceof Error && 'code' in reason)) throw reason;
      this.#options.log.warn({ whom, reason: String(reason) }, 'users could not be told');
    }
  }

  /** Whether somebody asked; of several answers at a time one counts. */
  async isPutOff(): Promise<boolean> {
    const folder = answersFolder(this.#options.folder);
    const names = await namesIn(folder);
    for (const name of names) await rm(path.join(folder, name), { recursive: true, force: true });
    if (names.length === 0 || this.#left === 0) return false;
    this.#postpones += 1;
    await this.#options.onPostpone(this.#postpones);
    return true;
  }

  async close(): Promise<void> {
    const { folder } = this.#options;
    await rm(noticeFile(folder), { force: true });
    await rm(answersFolder(folder), { recursive: true, force: true });
  }
}

/** Warns, counts down, and resolves when the restart may come; early when the signal is aborted. */
export const warnUsers = async (options: NoticeOptions): Promise<void> => {
  const { notice, world, signal, log } = options;
  const countdown = new Countdown(options);
  await countdown.open();
  try {
    let left = notice.countdownSeconds;
    await countdown.say(left);
    while (left > 0 && !signal.aborted) {
      await world.sleep(STEP_MS, signal);
      left -= 1;
      if (await countdown.isPutOff()) {
        left = notice.postponeSeconds;
        log.info({ seconds: left }, 'restart put off by a user');
        await countdown.say(left);
      } else if (MARKS.includes(left)) await countdown.say(left);
    }
  } finally {
    await countdown.close();
  }
};
