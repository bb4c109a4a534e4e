/** Writes down what `nacre agent status` shows. */
import type { NacreError } from '../errors.ts';
import type { ServiceLog } from '../job/serving/service-log.ts';
import type { AgentWorld } from './agent-world.ts';
import type { MachineLook } from './machine-look.ts';
import type { AgentFiles } from './state/agent-files.ts';
import { type AgentStatus, writeAgentStatus } from './state/agent-status.ts';

export interface StatusKeeperOptions {
  readonly files: AgentFiles;
  readonly release: string;
  readonly world: Pick<AgentWorld, 'now'>;
  readonly log: ServiceLog;
  readonly machine: MachineLook;
}

export class StatusKeeper {
  readonly #options: StatusKeeperOptions;
  #status: AgentStatus;

  constructor(options: StatusKeeperOptions) {
    this.#options = options;
    const { release } = options;
    this.#status = { release, checkIn: null, problem: null, disk: null, backup: null };
  }

  /** The manager has answered. */
  async answered(note: string): Promise<void> {
    await this.#write({ checkIn: { at: this.#now, note } });
  }

  /** Nothing is wrong any more. */
  async clear(): Promise<void> {
    if (this.#status.problem === null) return;
    await this.#write({ problem: null });
    this.#options.log.info({}, 'problem is over');
  }

  /** Something is wrong that an administrator may want to know. */
  async note({ code, message }: NacreError): Promise<void> {
    this.#options.log.warn({ code, reason: message }, 'agent has a problem');
    await this.#write({ problem: { at: this.#now, code, message } });
  }

  get #now(): string {
    return this.#options.world.now().toISOString();
  }

  async #write(change: Pick<Partial<AgentStatus>, 'checkIn' | 'problem'>): Promise<void> {
    const { files, machine } = this.#options;
    const backup = machine.found?.device?.backup;
    this.#status = {
      ...this.#status,
      ...change,
      disk: machine.found?.disk ?? null,
      backup: backup === undefined ? null : { ...backup, generations: [...backup.generations] },
    };
    await writeAgentStatus(files, this.#status);
  }
}
