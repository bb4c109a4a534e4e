/** What a fleet stands on: a store with two small versions, a disk file as `disk apply` leaves it, a manager, and folders. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { introduce } from '../../src/agent/enrol.ts';
import { type MachineFacts, readMachineFacts } from '../../src/agent/facts/check-in-facts.ts';
import { isAway, ManagerLink } from '../../src/agent/manager/manager-link.ts';
import { parseAgentSettings } from '../../src/agent/state/agent-settings.ts';
import { makeJobGround } from '../helpers/agent-job.ts';
import { type Owner, temporaryFolder } from '../helpers/temporary-folder.ts';
import { SimulatedDevice } from './device.ts';
import type { Fault } from './faulty-door.ts';
import type { Identity } from './identities.ts';
import { ManagerProcess } from './manager-process.ts';

const MEMORY = '/dev/shm';
const MOST_USES = 10_000;
/** Of an enrolment; once more with the same key is harmless. */
const MOST_TRIES = 5;
/** Of an agent that never saw an EFI variable. */
const NO_EFI = '/nonexistent';

/** A device that the manager knows. */
export interface Enrolled {
  readonly identity: Identity;
  readonly id: string;
}

export interface FleetGround {
  readonly manager: ManagerProcess;
  /** The disk file that others are copies of. */
  readonly disk: string;
  readonly image: string;
  /** The version on that disk, and a newer one with one more file. */
  readonly versions: readonly [older: string, newer: string];
  /** What an agent says of that disk. */
  readonly facts: MachineFacts;
  /** For folders of agents: in memory. */
  readonly memory: string;
  /** For disk files. */
  readonly folder: string;
  readonly faults: ReadonlySet<Fault>;
  /** Failures of agents: bugs. */
  readonly failures: unknown[];
}

export interface GroundOptions {
  readonly faults?: ReadonlySet<Fault> | undefined;
  readonly nodeOptions?: readonly string[] | undefined;
}

const memoryFolder = async (owner: Owner): Promise<string> => {
  const folder = await mkdtemp(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'nacre-fleet-'));
  owner.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const openFleetGround = async (
  owner: Owner,
  { faults = new Set(), nodeOptions }: GroundOptions = {},
): Promise<FleetGround> => {
  const { disk, store, oldId, newId } = await makeJobGround(owner);
  const folder = await temporaryFolder(owner);
  const facts = await readMachineFacts(
    parseAgentSettings('agent.toml', `disk = ${JSON.stringify(disk)}`),
    NO_EFI,
  );
  const memory = await memoryFolder(owner);
  const manager = await ManagerProcess.start(owner, { folder, store, nodeOptions });
  const image = 'lab';
  await manager.ask('POST', '/api/v1/package-syncs');
  const change = { body: { isAutogenic: true } };
  const { status, text } = await manager.ask('PATCH', `/api/v1/packages/${image}`, change);
  if (status !== 200) throw new Error(`no package: ${text}`);
  const versions = [oldId, newId] as const;
  return { manager, disk, image, versions, facts, memory, folder, faults, failures: [] };
};

/** A code that lets any number of devices of a fleet in. */
export const joinCode = async ({ manager }: FleetGround): Promise<string> => {
  const { json } = await manager.ask('POST', '/api/v1/join-codes', { body: { uses: MOST_USES } });
  return String(json['code']);
};

/** Enrols a device on a connection of its own, as the product does; again when a busy machine lets it wait too long. */
export const enrol = async (
  { manager: { url, pin } }: FleetGround,
  identity: Identity,
  code: string,
): Promise<Enrolled> => {
  const { key, hints, localAddress } = identity;
  const { signal } = new AbortController();
  for (let tries = 1; ; tries++) {
    const link = new ManagerLink({ urls: [url], pin, localAddress });
    try {
      const { id, state } = await introduce(link, { key, hints, code }, signal);
      if (state !== 'approved') throw new Error(`${identity.name} is ${state}`);
      return { identity, id };
    } catch (reason) {
      if (!isAway(reason) || tries === MOST_TRIES) throw reason;
    } finally {
      link.close();
    }
  }
};

/** A device of the fleet, which does not run yet. */
export const makeDevice = (
  ground: FleetGround,
  { identity, id }: Enrolled,
  more: Partial<ConstructorParameters<typeof SimulatedDevice>[0]> = {},
): SimulatedDevice => {
  const { manager, memory, facts, faults, failures } = ground;
  return new SimulatedDevice({
    ...{ identity, id, facts, faults, folder: memory },
    manager: { url: manager.url, pin: manager.pin },
    onFailure: (reason) => failures.push(reason),
    ...more,
  });
};
