/** Goes on with the job in hand, from whatever state it is in to an end. */
import { isNacreError, NacreError } from '../../errors.ts';
import { pauseMs } from '../../image/store/web-mirrors.ts';
import { canBeCancelled, type JobState } from '../../job/job-states.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { AgentWorld } from '../agent-world.ts';
import { armImaging, disarmImaging, noteStart } from '../hand-off.ts';
import type { ManagerTime } from '../manager/manager-time.ts';
import type { AgentMemory } from '../state/agent-memory.ts';
import type { AgentSettings } from '../state/agent-settings.ts';
import type { JobInHand } from '../state/agent-state.ts';
import { download, STORES_AWAY } from './download.ts';
import { goBack, withOlder } from './go-back.ts';
import { requireHealth } from './health.ts';
import { judge, requireBackup, requireDiskFirst } from './imaging.ts';
import type { JobDesk } from './job-desk.ts';
import { type KeptPlaces, keepIdentity } from './kept.ts';
import { warnUsers } from './notice.ts';
import type { Reporter } from './reporter.ts';

/** How long a restart waits until the manager knows of it. */
const TELL_MS = 15_000;
/** Before it is told again. */
const RESTART_MS = 300_000;
const STORES_PAUSE = { firstMs: 5000, mostMs: 300_000 } as const;

export interface JobRunOptions {
  readonly desk: JobDesk;
  readonly memory: AgentMemory;
  readonly reporter: Reporter;
  readonly time: ManagerTime;
  readonly world: AgentWorld;
  readonly log: ServiceLog;
  readonly settings: AgentSettings;
  /** Path of the disk; undefined where it is not clear. */
  readonly disk: string | undefined;
  readonly places: KeptPlaces;
  readonly noticeFolder: string;
  readonly efiFolder: string;
  /** Resolves when the manager answered in this run. */
  readonly answered: (signal: AbortSignal) => Promise<void>;
}

/** Handed over: what to do is in the decision block. */
const WITH_MERLIN: ReadonlySet<JobState> = new Set<JobState>(['armed', 'imaging', 'verifying']);

const cancelled = (): NacreError => new NacreError('CANCELLED', { phase: 'job' });

export class JobRun {
  readonly #options: JobRunOptions;
  readonly #signal: AbortSignal;
  #isCancelled = false;
  #isTooLate = false;
  readonly #abort = new AbortController();

  /** @param signal ends the work, and leaves the job in hand for the next start */
  constructor(options: JobRunOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#abort.signal]);
  }

  /** It was to be stopped when Merlin had begun already. */
  get isTooLate(): boolean {
    return this.#isTooLate;
  }

  /** The manager wants it stopped, as far as that does no harm. */
  cancel(): void {
    this.#isCancelled = true;
    this.#abort.abort();
  }

  /** Works until the job has an end, the machine starts again, or the signal is aborted. */
  async run(): Promise<void> {
    const { reporter, desk, log } = this.#options;
    if (desk.job !== null && desk.job.state !== 'sent')
      log.info({ job: desk.job.id, state: desk.job.state }, 'job goes on');
    try {
      await this.#noteStart();
      while (await this.#step()) reporter.moved();
    } catch (reason) {
      if (this.#isCancelled) await this.#stop();
      else if (!this.#signal.aborted) await this.#fail(reason);
    }
    reporter.moved();
  }

  /** Ends the job; what was armed and cannot be gone on with is not armed any longer. */
  async #fail(reason: unknown): Promise<void> {
    const { desk, log } = this.#options;
    if (!isNacreError(reason)) throw reason;
    const { code, message } = reason;
    log.error({ job: desk.job?.id, code, reason: message }, 'job failed');
    if (code === 'AGENT_HEALTH_FAILED') return this.#goBack(reason);
    if (desk.job?.state === 'armed') await disarmImaging({ path: this.#disk }, desk.job.id);
    await desk.fail(reason);
  }

  /** The new OS runs, and is not what it shall be: it makes room for the one before, where there is one. */
  async #goBack(reason: NacreError): Promise<void> {
    const { desk, memory, settings, places } = this.#options;
    const { state, files } = memory;
    const kept = { disk: this.#disk, files, places, more: settings.keep };
    const { failure, isOnItsWay } = await goBack(kept, state, desk.ticket.image, reason);
    await desk.fail(failure);
    if (isOnItsWay) await this.#leave('restart for the older generation');
  }

  /** As long as the result lies in the block, its starts are counted: one that got this far is none to repair. */
  async #noteStart(): Promise<void> {
    const { job } = this.#options.desk;
    if (job === null || job.restarts === 0 || WITH_MERLIN.has(job.state)) return;
    await this.#countStart();
  }

  async #countStart(): Promise<void> {
    const { desk, log } = this.#options;
    if (await noteStart({ path: this.#disk }))
      log.info({ job: desk.job?.id }, 'start of the OS noted');
  }

  get #disk(): string {
    const { disk } = this.#options;
    if (disk !== undefined) return disk;
    throw new NacreError('AGENT_NO_DISK', { reason: 'the OS does not run from one that is clear' });
  }

  /** One step. @returns false when there is nothing more to do in this run */
  async #step(): Promise<boolean> {
    const { desk } = this.#options;
    const { job } = desk;
    if (this.#signal.aborted) throw cancelled();
    switch (job?.state) {
      case 'sent':
        if (desk.ticket.commands.includes('BI')) await this.#move('download');
        else await this.#image();
        return true;
      case 'downloading':
        await this.#download();
        return true;
      case 'backed-up':
        if (desk.ticket.commands.includes('PI')) await this.#image();
        else await this.#move('finish');
        return true;
      case 'armed':
      case 'imaging':
      case 'verifying':
        return await this.#handOver();
      case 'first-boot':
        await this.#prove();
        return true;
      default:
        return false;
    }
  }

  async #move(...words: Parameters<JobDesk['move']>): Promise<void> {
    const { desk, log, reporter } = this.#options;
    await desk.move(...words);
    log.info({ job: desk.job?.id, state: desk.job?.state }, 'job moved');
    reporter.moved();
  }

  /** As long as the ticket is good, stores that are away are waited for. */
  async #download(): Promise<void> {
    const { desk, world, log, reporter } = this.#options;
    const { ticket } = desk;
    const onProgress = ({
      doneBytes,
      totalBytes,
    }: {
      doneBytes: number;
      totalBytes: number;
    }): void => {
      progress = { doneBytes, totalBytes };
      reporter.progressed();
    };
    let progress = { doneBytes: 0, totalBytes: 0 };
    for (let failures = 0; ; failures++) {
      try {
        const verified = await download({
          ...{ disk: this.#disk, ticket, stores: desk.job?.stores ?? [] },
          ...{ signal: this.#signal, onProgress },
        });
        await this.#move('back-up', { doneBytes: verified, totalBytes: verified });
        return;
      } catch (reason) {
        if (!isNacreError(reason) || !STORES_AWAY.has(reason.code)) throw reason;
        this.#requireInTime();
        log.warn({ code: reason.code, reason: reason.message }, 'stores are away');
        await desk.note(progress);
        await world.sleep(pauseMs(failures, STORES_PAUSE, world.random), this.#signal);
        if (this.#signal.aborted) throw cancelled();
      }
    }
  }

  /** @throws NacreError TICKET_REFUSED when its time is over, by the manager's clock */
  #requireInTime(): void {
    const { desk, time } = this.#options;
    const { expiresAt } = desk.ticket;
    const { now } = time;
    if (now === undefined || Date.parse(expiresAt) > now.getTime()) return;
    const reason = `it expired at ${expiresAt}, and it is ${now.toISOString()}`;
    throw new NacreError('TICKET_REFUSED', { reason });
  }

  /** Up to the state that says that Merlin is next; what can be refused is refused before users are warned. */
  async #image(): Promise<void> {
    const { desk, world, log, settings, noticeFolder, efiFolder } = this.#options;
    const { ticket } = desk;
    const disk = this.#disk;
    await requireBackup(disk, ticket);
    await requireDiskFirst(disk, efiFolder);
    if (ticket.notice !== null)
      await warnUsers({
        ...{ job: ticket.job, notice: ticket.notice, postpones: desk.job?.postpones ?? 0 },
        ...{ folder: noticeFolder, hooks: settings.notice, world, log, signal: this.#signal },
        onPostpone: (postpones) => desk.note({ postpones }),
      });
    // Without the manager's time nobody knows whether the ticket is still good.
    await this.#options.answered(this.#signal);
    if (this.#signal.aborted) throw cancelled();
    this.#requireInTime();
    await this.#move('arm', { restarts: 0 });
  }

  async #handOver(): Promise<boolean> {
    const { desk } = this.#options;
    const { job } = desk;
    if (job === null) return false;
    const verdict = await judge(this.#disk, job);
    switch (verdict.kind) {
      case 'arm':
        await this.#arm();
        await this.#restart();
        return false;
      case 'restart':
        await this.#waitForRestart(job);
        await this.#restart();
        return false;
      case 'imaged':
        // First of all: power that goes between the moves must not look like an OS that never speaks.
        await this.#countStart();
        if (job.state === 'armed') await this.#move('image');
        if (desk.job?.state === 'imaging') await this.#move('verify');
        await this.#move('start-os');
        return true;
      case 'failed':
        await disarmImaging({ path: this.#disk }, job.id);
        await desk.fail(await withOlder(this.#disk, desk.ticket.image, verdict));
        return true;
    }
  }

  /** What the new OS needs lies on the backup partition before the block says that there will be one. */
  async #arm(): Promise<void> {
    const { memory, settings, places } = this.#options;
    const { state, files } = memory;
    if (state.job === null) throw new TypeError('nothing to arm');
    const { id } = state.job;
    const inNewOs = { ...state, job: { ...state.job, restarts: 1 } };
    const more = settings.keep;
    await keepIdentity({ disk: this.#disk, files, state: inNewOs, places, more });
    await armImaging({ path: this.#disk }, id);
  }

  /** A machine that was told in this very start is on its way down, or somebody keeps it from it. */
  async #waitForRestart({ armedIn }: JobInHand): Promise<void> {
    const { world } = this.#options;
    if (armedIn === (await world.bootId())) await world.sleep(RESTART_MS, this.#signal);
    if (this.#signal.aborted) throw cancelled();
  }

  async #restart(): Promise<void> {
    const { desk, world } = this.#options;
    const { job } = desk;
    if (job === null) return;
    await desk.note({ restarts: job.restarts + 1, armedIn: await world.bootId() });
    await this.#leave('restart for Merlin');
  }

  /** Starts the machine again when the manager knows why, or after a while. */
  async #leave(why: string): Promise<void> {
    const { desk, reporter, world, log } = this.#options;
    const job = desk.job?.id;
    reporter.moved();
    const patience = new AbortController();
    const late = world.sleep(TELL_MS, AbortSignal.any([patience.signal, this.#signal]));
    await Promise.race([reporter.told(), late]);
    patience.abort();
    if (this.#signal.aborted) throw cancelled();
    log.info({ job }, why);
    await world.restart();
  }

  /** Whoever gets here has checked in: that is the check that every OS has to pass. */
  async #prove(): Promise<void> {
    const { desk, settings, world } = this.#options;
    await requireHealth(settings.health, desk.ticket.healthSeconds, world, this.#signal);
    await this.#options.answered(this.#signal);
    if (this.#signal.aborted) throw cancelled();
    await this.#move('finish');
  }

  /** Before the first write of Merlin nothing is lost; after it nothing is stopped. */
  async #stop(): Promise<void> {
    const { desk, log } = this.#options;
    const { job } = desk;
    if (job === null || !canBeCancelled(job.state)) return;
    const isHandedOver = WITH_MERLIN.has(job.state) && job.restarts > 0;
    this.#isTooLate = isHandedOver && !(await disarmImaging({ path: this.#disk }, job.id));
    if (this.#isTooLate) return;
    log.info({ job: job.id }, 'job cancelled');
    await desk.move('stop');
  }
}
