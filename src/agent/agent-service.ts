/**
 * The agent: it checks in, takes jobs, works on them, and tells how they went. It opens no port. Whatever ends it, the next
 * start goes on with what is in its folder and on its disk.
 */
import { isNacreError, NacreError } from '../errors.ts';
import type { CheckInAnswer, ReportAnswer } from '../job/agent-protocol.ts';
import { canBeCancelled } from '../job/job-states.ts';
import type { ServiceLog } from '../job/serving/service-log.ts';
import type { AgentWorld } from './agent-world.ts';
import { CheckInLoop } from './check-in-loop.ts';
import { DiskErrands } from './disk-errands.ts';
import { DiskTurns } from './disk-turns.ts';
import { EFI_FOLDER } from './facts/boot-order.ts';
import { checkInFacts } from './facts/check-in-facts.ts';
import { WriteCacheWatch } from './facts/write-cache-watch.ts';
import { MachineLook, type MachineLookOptions } from './machine-look.ts';
import { type ManagerDoor, ManagerLink, type ManagerLinkOptions } from './manager/manager-link.ts';
import { ManagerMessages } from './manager/manager-messages.ts';
import { ManagerTime } from './manager/manager-time.ts';
import { type AgentFiles, lockAgentFolder } from './state/agent-files.ts';
import { AgentMemory } from './state/agent-memory.ts';
import { type AgentSettings, readAgentSettings } from './state/agent-settings.ts';
import { type DeviceKey, readDeviceKey } from './state/device-key.ts';
import { StatusKeeper } from './status-keeper.ts';
import { JobDesk } from './work/job-desk.ts';
import { JobRun } from './work/job-run.ts';
import type { KeptPlaces } from './work/kept.ts';
import { NOTICE_FOLDER } from './work/notice.ts';
import { Reporter } from './work/reporter.ts';

export interface AgentOptions {
  readonly files: AgentFiles;
  readonly release: string;
  readonly world: AgentWorld;
  readonly log: ServiceLog;
  readonly places: KeptPlaces;
  readonly noticeFolder?: string | undefined;
  readonly efiFolder?: string | undefined;
  readonly limits?: ManagerLinkOptions['limits'];
  /** Opens the way to the manager. */
  readonly openLink?: ((options: ManagerLinkOptions) => ManagerDoor) | undefined;
  /** Reads what the machine is. */
  readonly readMachine?: MachineLookOptions['read'];
}

export interface Agent extends AsyncDisposable {
  /** Rejects when the agent cannot go on. */
  readonly ended: Promise<void>;
  /** Idempotent; what is in hand stays for the next start. */
  readonly close: () => Promise<void>;
}

/** Reports tell how it goes meanwhile, and hear whether it is to stop. */
const WORKING_SECONDS = 30;

interface Opened {
  readonly options: AgentOptions;
  readonly memory: AgentMemory;
  readonly key: DeviceKey;
  readonly settings: AgentSettings;
}

class RunningAgent {
  readonly #options: AgentOptions;
  readonly #memory: AgentMemory;
  readonly #settings: AgentSettings;
  readonly #end = new AbortController();
  readonly #time: ManagerTime;
  readonly #turns = new DiskTurns();
  readonly #link: ManagerDoor;
  readonly #messages: ManagerMessages;
  readonly #desk: JobDesk;
  readonly #reporter: Reporter;
  readonly #machine: MachineLook;
  readonly #writeCache: WriteCacheWatch;
  readonly #loop: CheckInLoop;
  readonly #status: StatusKeeper;
  readonly #errands: DiskErrands;
  #run: JobRun | undefined;
  /** Job that was to be cancelled when that was too late. */
  #uncancellable = '';
  #waitSeconds = 0;
  #answered: (() => void)[] = [];
  #fail: (reason: unknown) => void = () => undefined;

  constructor({ options, memory, key, settings }: Opened) {
    const { world, log, limits } = options;
    this.#options = options;
    this.#memory = memory;
    this.#settings = settings;
    this.#time = new ManagerTime(world.elapsedMs);
    const { openLink = (link) => new ManagerLink(link), readMachine } = options;
    this.#link = openLink({ ...memory.state.manager, limits });
    const { lastRun: run } = memory.state;
    this.#messages = new ManagerMessages({ link: this.#link, key, run, world });
    this.#desk = new JobDesk(memory, key.fingerprint);
    this.#reporter = new Reporter({
      ...{ desk: this.#desk, messages: this.#messages, world, log },
      onAnswer: (answer) => this.#hearReport(answer),
      beforeEnd: () => this.#errands.takeResult(),
      onEnd: () => this.#jobEnded(),
    });
    const { release, efiFolder = EFI_FOLDER } = options;
    this.#machine = new MachineLook({
      ...{ settings, turns: this.#turns, world, efiFolder, read: readMachine },
    });
    this.#writeCache = new WriteCacheWatch({ log });
    this.#loop = new CheckInLoop({
      world,
      checkIn: (signal) => this.#checkIn(signal),
      onProblem: (reason) => this.#status.note(reason),
    });
    const { files } = options;
    this.#status = new StatusKeeper({ files, release, world, log, machine: this.#machine });
    this.#errands = new DiskErrands({
      ...{ turns: this.#turns, machine: this.#machine, memory, settings, log },
      places: options.places,
      onProblem: (reason) => this.#status.note(reason),
    });
  }

  /** Works until it is told to end. */
  async run(): Promise<void> {
    const { signal } = this.#end;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    try {
      await this.#machine.look();
      this.#work();
      const both = [this.#reporter.run(signal), this.#loop.run(signal)];
      await Promise.race([Promise.all(both), failed]);
    } finally {
      this.#end.abort();
      await this.#turns.take(async () => undefined);
      this.#link.close();
    }
  }

  stop(): void {
    this.#end.abort();
  }

  async #checkIn(signal: AbortSignal): Promise<number | undefined> {
    const { world, release } = this.#options;
    const found = await this.#machine.look();
    const { job } = this.#desk;
    // What is told now has to be told better soon.
    const mayWait = job === null && !this.#machine.isStale;
    const waitSeconds = mayWait ? this.#waitSeconds : 0;
    const writeCache = await this.#writeCache.look(found.disk);
    const about = { release, job, writeCache, now: world.now(), waitSeconds };
    const message = checkInFacts(found, about);
    const answer = await this.#messages.checkIn(message, signal);
    if (answer === undefined) return undefined;
    this.#waitSeconds = answer.waitSeconds;
    await this.#hear(answer);
    await this.#errands.takeLeftResult(found);
    const isAtWork = job !== null && this.#desk.job !== null;
    return isAtWork ? Math.max(WORKING_SECONDS, answer.nextSeconds) : answer.nextSeconds;
  }

  async #hear(answer: CheckInAnswer): Promise<void> {
    const { log } = this.#options;
    this.#time.hear(answer.now);
    const { admission } = this.#memory.state;
    if (answer.state !== admission) {
      await this.#memory.change({ admission: answer.state });
      log.info({ state: answer.state }, 'manager says what it takes this device for');
    }
    const isRightKey = await this.#keepJobKey(answer.jobKey);
    for (const resolve of this.#answered.splice(0)) resolve();
    await this.#status.answered(answer.note);
    if (isRightKey) await this.#status.clear();
    if (answer.state === 'approved' && admission !== 'approved') this.#keep();
    if (answer.state === 'approved') this.#cancel(answer.cancel);
    else this.#cancel(this.#desk.job?.id ?? null);
    if (!isRightKey || answer.state !== 'approved') return;
    await this.#desk.refresh(answer.stores);
    await this.#wake(answer.wake);
    if (answer.ticket !== null) await this.#take(answer.ticket, answer.stores);
    this.#work();
  }

  async #wake(macs: CheckInAnswer['wake']): Promise<void> {
    if (macs.length === 0) return;
    const { world, log } = this.#options;
    const { sentTo, failed } = await world.wake(macs);
    log.info({ macs, sentTo }, 'magic packets sent');
    if (failed.length > 0) log.warn({ failed }, 'networks could not be sent to');
  }

  /** The first one is kept; another one is a reason to obey nobody. */
  async #keepJobKey(found: string): Promise<boolean> {
    const { jobKey } = this.#memory.state;
    if (jobKey === found) return true;
    if (jobKey === null) {
      await this.#memory.change({ jobKey: found });
      return true;
    }
    const facts = { server: this.#link.shown, found, needed: jobKey };
    await this.#status.note(new NacreError('AGENT_JOBS_KEY', facts));
    return false;
  }

  async #take(
    ...[ticket, stores]: [NonNullable<CheckInAnswer['ticket']>, CheckInAnswer['stores']]
  ) {
    const { now } = this.#time;
    if (now === undefined) return;
    try {
      if (await this.#desk.take(ticket, stores, now))
        this.#options.log.info({ job: this.#desk.job?.id }, 'job taken');
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      await this.#status.note(reason);
      return;
    }
    this.#reporter.moved();
  }

  #hearReport(answer: ReportAnswer): void {
    this.#time.hear(answer.now);
    for (const resolve of this.#answered.splice(0)) resolve();
    this.#cancel(answer.cancel);
  }

  #cancel(job: string | null): void {
    const inHand = this.#desk.job;
    if (job === null || job === this.#uncancellable || inHand?.id !== job) return;
    if (canBeCancelled(inHand.state)) this.#run?.cancel();
  }

  /** Goes on with the job in hand, when nobody does yet. */
  #work(): void {
    if (this.#run !== undefined || this.#desk.job === null || this.#end.signal.aborted) return;
    const { signal } = this.#end;
    const { world, log, places, noticeFolder = NOTICE_FOLDER } = this.#options;
    const { efiFolder = EFI_FOLDER } = this.#options;
    const done = this.#turns.take(async () => {
      const run = new JobRun(
        {
          ...{ desk: this.#desk, memory: this.#memory, reporter: this.#reporter, time: this.#time },
          ...{ world, log, places, noticeFolder, efiFolder, settings: this.#settings },
          disk: this.#machine.found?.disk,
          answered: (until) => this.#whenAnswered(until),
        },
        signal,
      );
      this.#run = run;
      await run.run();
      if (run.isTooLate) this.#uncancellable = this.#desk.job?.id ?? '';
    });
    done.then(
      () => this.#runEnded(),
      (reason: unknown) => this.#fail(reason),
    );
  }

  #runEnded(): void {
    const wasTooLate = this.#uncancellable !== '' && this.#uncancellable === this.#desk.job?.id;
    this.#run = undefined;
    this.#machine.forget();
    this.#loop.nudge();
    if (wasTooLate) this.#work();
  }

  #whenAnswered(signal: AbortSignal): Promise<void> {
    if (this.#time.now !== undefined || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#answered.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** In its turn, and not waited for. */
  #keep(): void {
    this.#errands.keep().catch((reason: unknown) => this.#fail(reason));
  }

  #jobEnded(): void {
    const { ended } = this.#memory.state;
    this.#options.log.info({ job: ended?.id, state: ended?.state, code: ended?.code }, 'job ended');
    this.#keep();
    this.#loop.nudge();
  }
}

const open = async (options: AgentOptions): Promise<Opened> => {
  const { files, world } = options;
  const memory = await AgentMemory.open(files);
  const key = await readDeviceKey(files);
  if (key === undefined) {
    const reason = 'it is missing, and the device has enrolled with it';
    throw new NacreError('AGENT_STATE_DAMAGED', { path: files.key, reason });
  }
  const settings = await readAgentSettings(files);
  await memory.change({ lastRun: world.newRun() });
  return { options, memory, key, settings };
};

/**
 * Starts an agent.
 *
 * @throws NacreError AGENT_NOT_ENROLLED, AGENT_STATE_DAMAGED, AGENT_RUNS, CLI_CONFIG_INVALID, MANAGER_ADDRESS; nothing stays open
 */
export const startAgent = async (options: AgentOptions): Promise<Agent> => {
  const lock = lockAgentFolder(options.files);
  try {
    const agent = new RunningAgent(await open(options));
    options.log.info({ folder: options.files.folder, release: options.release }, 'agent ready');
    const ended = agent.run().finally(() => lock.close());
    // Whoever started it looks at it when it likes.
    ended.catch(() => undefined);
    const close = async (): Promise<void> => {
      agent.stop();
      await ended;
    };
    return { ended, close, [Symbol.asyncDispose]: close };
  } catch (reason) {
    lock.close();
    throw reason;
  }
};
