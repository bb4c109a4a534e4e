/** Stands in for a start of Merlin: the block of the disk file is asked what is wanted, and Merlin's own code does it. */
import { readBootAgent } from '../../src/agent/boot-agent-volume.ts';
import { wantsRepair } from '../../src/agent/merlin.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import type { StartFacts } from '../../src/agent/start-facts.ts';
import { readBootState } from '../../src/disk/boot-state.ts';

/** What a start from this disk finds. */
const factsOf = async (path: string): Promise<StartFacts> => {
  const block = (await readBootAgent({ path }, readBootState))?.block;
  return {
    ...{ bootAgent: path, backup: path, nodePart: 'initrd', why: '', menu: '', wish: '' },
    ...{ server: '', pin: '', device: '', kernel: '', memoryBytes: 0, freeMemoryBytes: 0 },
    ...{ block, blockProblem: '' },
  };
};

/**
 * Starts the machine of a disk file once, up to its OS.
 *
 * @returns the job that Merlin imaged for; undefined when the OS started at once
 * @throws NacreError those of `repairDisk`
 */
export const startMachine = async (path: string): Promise<string | undefined> => {
  const facts = await factsOf(path);
  if (!wantsRepair(facts)) return undefined;
  await repairDisk({ path });
  return facts.block?.cmdid ?? '';
};
