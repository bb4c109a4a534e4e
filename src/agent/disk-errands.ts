/** What an agent does to the disk besides its job: results that were told are taken away, and the identity is kept for the next OS. */
import { isNacreError, type NacreError } from '../errors.ts';
import type { ServiceLog } from '../job/serving/service-log.ts';
import type { DiskTurns } from './disk-turns.ts';
import type { MachineFacts } from './facts/check-in-facts.ts';
import { takeImagingResult } from './hand-off.ts';
import type { MachineLook } from './machine-look.ts';
import type { AgentMemory } from './state/agent-memory.ts';
import type { AgentSettings } from './state/agent-settings.ts';
import { type KeptPlaces, keepIdentity } from './work/kept.ts';

export interface DiskErrandsOptions {
  readonly turns: DiskTurns;
  readonly machine: MachineLook;
  readonly memory: AgentMemory;
  readonly settings: AgentSettings;
  readonly places: KeptPlaces;
  readonly log: ServiceLog;
  /** Told of what did not work; it is tried again at the next occasion. */
  readonly onProblem: (reason: NacreError) => Promise<void>;
}

export class DiskErrands {
  readonly #options: DiskErrandsOptions;

  constructor(options: DiskErrandsOptions) {
    this.#options = options;
  }

  /** The manager knows how the job in hand went: the block says nothing of it any more. */
  async takeResult(): Promise<void> {
    const { machine, memory } = this.#options;
    const { job } = memory.state;
    const disk = machine.found?.disk;
    if (job !== null && job.restarts > 0 && disk !== undefined) await this.#take(disk);
  }

  /** A repair that nobody ordered was told with a check-in; a result whose taking failed was told before. */
  async takeLeftResult({ disk, device }: MachineFacts): Promise<void> {
    const { state } = this.#options.memory;
    const { block } = device ?? {};
    if (disk === undefined || block === undefined || state.job !== null) return;
    const isOurs = block.cmdid === '' || block.cmdid === state.ended?.id;
    if (block.status !== '' && !block.isDirty && isOurs) await this.#take(disk);
  }

  /** What a repair puts into the OS is what the agent knows now. */
  async keep(): Promise<void> {
    const { turns, machine, memory, settings, places, onProblem } = this.#options;
    const { disk, device } = machine.found ?? {};
    if (disk === undefined || device?.backup === undefined) return;
    const { files, state } = memory;
    const options = { disk, files, state, places, more: settings.keep };
    await this.#try(() => turns.take(() => keepIdentity(options)), onProblem);
  }

  async #take(path: string): Promise<void> {
    const { turns, machine, log, onProblem } = this.#options;
    await this.#try(async () => {
      const { cmdid, status } = await turns.take(() => takeImagingResult({ path }));
      log.info({ job: cmdid, status }, 'result taken from the decision block');
      machine.forget();
    }, onProblem);
  }

  async #try(
    work: () => Promise<unknown>,
    onProblem: DiskErrandsOptions['onProblem'],
  ): Promise<void> {
    try {
      await work();
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      await onProblem(reason);
    }
  }
}
