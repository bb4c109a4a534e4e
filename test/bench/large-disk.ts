/** A disk of 1 TiB with 4 GiB used: memory must not follow the size of the disk. */
import path from 'node:path';
import fs from 'fs-extra';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { Random } from '../helpers/random.ts';
import { makeNtfs } from './images.ts';
import { LogText } from './log-text.ts';
import { measure, type Sample } from './measure.ts';
import { nacreCommand } from './rounds.ts';
import { assertSameBytes, usedRanges } from './used-ranges.ts';

const TIB = 2 ** 40;
const FILES = 64;
const FILE_BYTES = 64 << 20;

/** Capture and restore of the large disk, once; the disk is made before and removed after. */
export const measureLargeDisk = async (
  folder: string,
): Promise<{ readonly capture: Sample; readonly restore: Sample }> => {
  const source = path.join(folder, 'large.img');
  const target = path.join(folder, 'large-target.img');
  const text = new LogText(new Random(4));
  await makeNtfs(source, TIB, async (root) => {
    for (let index = 0; index < FILES; index++)
      await fs.outputFile(path.join(root, `${index}.log`), text.bytes(FILE_BYTES));
  });
  const capture = await measure(nacreCommand('image', 'capture', source, 'large'), folder);
  await makeNoiseDisk(target, TIB, 0);
  const words = ['image', 'restore', 'large', target, '--yes', path.basename(target)];
  const restore = await measure(nacreCommand(...words), folder);
  await assertSameBytes(source, target, await usedRanges(source));
  for (const file of [source, target, path.join(folder, 'store')]) await fs.remove(file);
  return { capture, restore };
};
