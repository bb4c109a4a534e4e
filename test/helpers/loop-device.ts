import type { ExecutionContext } from 'ava';
import { runTool } from '../../src/disk/tool.ts';

export interface LoopOptions {
  readonly sectorSize?: number;
  readonly readOnly?: boolean;
}

/** Attaches an image file to a free loop device that can have partitions; detached when the test ends. */
export const attachLoop = async (
  t: ExecutionContext,
  file: string,
  options: LoopOptions = {},
): Promise<string> => {
  const { stdout: node } = await runTool('losetup', [
    ...['--find', '--show', '--partscan', '--sector-size', String(options.sectorSize ?? 512)],
    ...(options.readOnly === true ? ['--read-only'] : []),
    file,
  ]);
  t.teardown(async () => {
    await runTool('losetup', ['--detach', node]);
  });
  return node;
};

/** Mounts a node or file on a new folder; unmounted when the test ends. */
export const mountOn = async (
  t: ExecutionContext,
  source: string,
  folder: string,
  options = 'rw',
): Promise<void> => {
  await runTool('mkdir', ['-p', folder]);
  await runTool('mount', ['-o', options, source, folder]);
  t.teardown(async () => {
    await runTool('umount', [folder], { accept: [0, 32] });
  });
};
