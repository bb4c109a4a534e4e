/** A simulated device: the agent of the product on a machine that is a disk file, or on none, with a folder in memory. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type Agent, startAgent } from '../../src/agent/agent-service.ts';
import { type AgentWorld, thisWorld } from '../../src/agent/agent-world.ts';
import type { MachineFacts } from '../../src/agent/facts/check-in-facts.ts';
import { readMachineFacts } from '../../src/agent/facts/check-in-facts.ts';
import { type AgentFiles, agentFiles, makeAgentFolder } from '../../src/agent/state/agent-files.ts';
import { firstState, writeAgentState } from '../../src/agent/state/agent-state.ts';
import { writeWhole } from '../../src/agent/state/whole-file.ts';
import type { ServiceLog } from '../../src/job/serving/service-log.ts';
import { type DoorOptions, type Fault, openDoor } from './faulty-door.ts';
import type { Identity } from './identities.ts';
import { startMachine } from './merlin.ts';

/** A line of an agent's log. */
export interface DeviceLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface DeviceOptions {
  readonly identity: Identity;
  /** Id by which the manager knows it. */
  readonly id: string;
  readonly manager: { readonly url: string; readonly pin: string };
  /** On a file system in memory. */
  readonly folder: string;
  /** A disk file; a device without one tells `facts` of another's disk, and can do no job. */
  readonly disk?: string | undefined;
  readonly facts: MachineFacts;
  readonly faults: ReadonlySet<Fault>;
  readonly onLine?: ((line: DeviceLine) => void) | undefined;
  readonly door?: Partial<DoorOptions> | undefined;
  /** It cannot go on: a bug. */
  readonly onFailure: (reason: unknown) => void;
}

/** Years beside the truth. */
const WRONG_CLOCK_MS = -40 * 365 * 86_400_000;

const logOf = (onLine: DeviceOptions['onLine']): ServiceLog => {
  const write = (fields: unknown, message?: unknown): void => {
    const known = typeof fields === 'object' && fields !== null ? fields : {};
    onLine?.({ message: String(message), fields: Object.fromEntries(Object.entries(known)) });
  };
  return { debug: write, info: write, warn: write, error: write };
};

export class SimulatedDevice {
  readonly #options: DeviceOptions;
  readonly #files: AgentFiles;
  #agent: Agent | undefined;
  #starts = 0;
  #restart: Promise<void> | undefined;
  #isClosed = false;
  /** Jobs that Merlin imaged for, in order. */
  readonly imaged: string[] = [];

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#files = agentFiles(path.join(options.folder, options.identity.name));
  }

  get id(): string {
    return this.#options.id;
  }

  get identity(): Identity {
    return this.#options.identity;
  }

  get files(): AgentFiles {
    return this.#files;
  }

  /** Path of the disk file. */
  get disk(): string {
    const { disk } = this.#options;
    if (disk === undefined) throw new TypeError(`${this.identity.name} has no disk`);
    return disk;
  }

  /** As after an enrolment: key and manager are in its folder, and it starts. */
  async start(): Promise<void> {
    const { manager, disk, identity } = this.#options;
    const { url, pin } = manager;
    await makeAgentFolder(this.#files);
    await writeWhole(this.#files.key, identity.key.privatePem);
    await writeAgentState(this.#files, firstState({ urls: [url], pin }));
    const settings = disk === undefined ? '' : `disk = ${JSON.stringify(disk)}\n`;
    await writeWhole(this.#files.settings, settings);
    await this.#begin();
  }

  /** Ends the agent, and a start of Merlin that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#restart;
    await this.#agent?.close();
    await rm(this.#files.folder, { recursive: true, force: true });
  }

  #world(): AgentWorld {
    const { faults, identity } = this.#options;
    const boot = `${identity.name} ${this.#starts}`;
    const wrongMs = faults.has('clock') ? WRONG_CLOCK_MS : 0;
    return {
      ...thisWorld(),
      now: () => new Date(Date.now() + wrongMs),
      bootId: async () => boot,
      tell: async () => undefined,
      restart: async () => {
        this.#restart ??= this.#startAgain();
      },
    };
  }

  async #begin(): Promise<void> {
    const { identity, faults, folder, facts, disk, onLine, door, onFailure } = this.#options;
    this.#starts += 1;
    const { hints, localAddress } = identity;
    this.#agent = await startAgent({
      ...{ files: this.#files, release: '0.0.0', world: this.#world(), log: logOf(onLine) },
      places: { files: [], program: undefined },
      noticeFolder: path.join(this.#files.folder, 'notice'),
      efiFolder: path.join(folder, 'no-efi'),
      openLink: openDoor({ localAddress, faults, random: Math.random, ...door }),
      readMachine: async (settings, efiFolder) =>
        disk === undefined
          ? { ...facts, hints, disk: undefined }
          : { ...(await readMachineFacts(settings, efiFolder)), hints },
    });
    this.#agent.ended.catch(onFailure);
  }

  async #startAgain(): Promise<void> {
    try {
      await this.#agent?.close();
      const job = await startMachine(this.disk);
      if (job !== undefined) this.imaged.push(job);
      this.#restart = undefined;
      if (!this.#isClosed) await this.#begin();
    } catch (reason) {
      this.#options.onFailure(reason);
    }
  }
}
