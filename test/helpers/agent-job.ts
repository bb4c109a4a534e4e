/** A device with a boot agent and a backup partition, a store with a version that it does not have, and a manager with a job for it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { GrubBlock } from '../../src/codec/grub-block.ts';
import { readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import type { CheckInAnswer } from '../../src/job/agent-protocol.ts';
import type { JobTicket } from '../../src/job/job-ticket.ts';
import type { Signed } from '../../src/job/signed-message.ts';
import { type AgentLab, type AgentLabOptions, makeAgentLab } from './agent-lab.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { makeDevice } from './device.ts';
import { putVolume } from './disk-lab.ts';
import { groundFolder } from './ground.ts';
import { Noise } from './noise.ts';
import { type StandInManager, startStandInManager } from './stand-in-manager.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';
import { run } from './volumes.ts';
import { serveFolder, type WebServer } from './web-server.ts';

const MIB = 2 ** 20;

/** What tests take copies of: a disk, and a store that nobody writes to. */
export interface JobGround {
  readonly disk: string;
  readonly store: string;
  /** In the backup partition, and the OS of the disk. */
  readonly oldId: string;
  /** With one more file; only in the store. */
  readonly newId: string;
}

/** Makes it once for all tests of a file. */
export const makeJobGround = async (owner: Owner): Promise<JobGround> => {
  const { lab, path: disk } = await makeDevice(owner);
  const { id: oldId } = await lab.store.resolve('lab');
  writeFileSync(lab.at('new.file'), new Noise('new').bytes(2 * MIB));
  run('ntfscp', ['-q', lab.at('os'), lab.at('new.file'), 'new.file']);
  putVolume(lab.at('os'), lab.at('source.img'), 1);
  const { id: newId } = await lab.capture(lab.at('source.img'));
  return { disk, store: lab.at('store'), oldId, newId };
};

export interface JobLab {
  readonly disk: string;
  readonly manager: StandInManager;
  readonly agent: AgentLab;
  readonly web: WebServer;
  readonly stores: CheckInAnswer['stores'];
  /** What lies behind their only address. */
  readonly storeFolder: string;
  /** The version that the job is for. */
  readonly image: JobTicket['image'];
  readonly ticket: (about?: Partial<JobTicket>) => Signed;
  /** Events of the reports, in order. */
  readonly events: () => readonly string[];
  /** Changes the volume of a partition by its label, as somebody else would. */
  readonly change: (label: string, work: (volume: FatVolume) => Promise<void>) => Promise<void>;
  /** Changes the decision block, and gives what it says then. */
  readonly block: (change?: Partial<GrubBlock>) => Promise<GrubBlock | undefined>;
}

/** Of all managers of a process: each is spoken to by its own device alone. */
let certificate: Certificate | undefined;

/** A device of its own for a test, which has enrolled. */
export const makeJobLab = async (
  t: ExecutionContext,
  ground: JobGround,
  settings: Pick<AgentLabOptions, 'settings'> = {},
): Promise<JobLab> => {
  const disk = path.join(await temporaryFolder(t), 'device.img');
  run('cp', ['--sparse=always', ground.disk, disk]);
  certificate ??= makeCertificate(groundFolder('manager'), 'manager');
  const manager = await startStandInManager(t, certificate);
  const agent = await makeAgentLab(t, { manager, disk, ...settings });
  const web = await serveFolder(t, ground.store);
  const image = { name: 'lab', id: ground.newId };
  const change: JobLab['change'] = async (label, work) => {
    using open = await openForWrite(disk);
    using volume = await FatVolume.open(open, await findLabelledPartition(open, label));
    await work(volume);
    await volume.finish();
  };
  return {
    ...{ disk, manager, agent, web, image, change },
    stores: [{ url: `${web.url}/`, pin: null }],
    storeFolder: ground.store,
    ticket: (about = {}) => manager.ticket({ device: agent.fingerprint, image, ...about }),
    events: () => manager.reports.flatMap(({ event }) => (event === null ? [] : [event])),
    block: async (wanted) => {
      let block: GrubBlock | undefined;
      await change('NACRE-BA', async (volume) => {
        if (wanted !== undefined) await storeBootState(volume, wanted);
        block = (await readBootState(volume))?.block;
      });
      return block;
    },
  };
};
