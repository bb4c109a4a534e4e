/** Disks that fail under nacre, by the device-mapper of a guest: the host of the tests has none. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { type BootReport, bootGuest, GUEST_NEEDS } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { makeNoisyTarget, makeSmallDisk } from '../helpers/small-disk.ts';
import { temporaryFolder } from '../helpers/volume.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BLOCK = 4096;
const MIB = 1 << 20;

const script = (t: ExecutionContext, ...words: readonly string[]): string => {
  const [name = '', ...rest] = words;
  const run = spawnSync(path.join(ROOT, name), rest, { cwd: ROOT, encoding: 'utf8' });
  t.is(run.status, 0, run.stderr);
  return path.resolve(ROOT, run.stdout.trim());
};

/** First block after 30 MiB that is not zero: a used block of the ext4 partition, 13 MiB into it. */
const usedBlockOf = async (disk: string): Promise<number> => {
  const bytes = await readFile(disk);
  for (let at = 30 * MIB; at < bytes.length; at += BLOCK)
    if (bytes.subarray(at, at + BLOCK).some((byte) => byte !== 0)) return at;
  throw new Error(`${disk} has no used block after 30 MiB`);
};

/** What the contract of the command line promises of an answer, as far as this test looks. */
const answer = z.object({
  error: z
    .object({ code: z.string(), facts: z.record(z.string(), z.union([z.string(), z.number()])) })
    .optional(),
  skippedBytes: z.number().optional(),
  unchangedBytes: z.number().optional(),
  same: z.boolean().optional(),
  ok: z.boolean().optional(),
  versions: z.number().optional(),
});

const runOf = (report: BootReport, name: string): z.infer<typeof answer> & { exitCode: number } => {
  const [, exitCode, json = '{}'] = /^(\d+) (.*)$/.exec(report.values.get(name) ?? '') ?? [];
  return { ...answer.parse(JSON.parse(json)), exitCode: Number(exitCode) };
};

test.serial(
  'a disk that fails while it is read or written is named, and what worked is kept',
  async (t) => {
    if (!requires(t, ...GUEST_NEEDS, 'dmsetup')) return;
    t.timeout(600_000);
    const folder = temporaryFolder(t);
    const [source, target] = [path.join(folder, 'source.img'), path.join(folder, 'target.img')];
    await makeSmallDisk(source, 'faults');
    await makeNoisyTarget(target);
    const fault = await usedBlockOf(source);
    const kernel = script(t, 'test/fixtures/guest/fetch-kernel');
    const image = readdirSync(path.join(kernel, 'boot')).find((name) => name.startsWith('vmlinuz'));
    const initrd = path.join(folder, 'initrd.img');
    script(t, 'test/fixtures/fault-guest/make-initrd', initrd);
    const report = await bootGuest({
      disk: source,
      memoryMiB: 1024,
      timeoutMs: 580_000,
      arguments: [
        ...['-kernel', path.join(kernel, 'boot', `${image}`), '-initrd', initrd],
        ...['-append', `console=ttyS0,115200 quiet fault=${fault / 512}`],
        ...['-drive', `if=none,id=target,format=raw,file=${target}`],
        ...['-device', 'virtio-blk-pci,drive=target'],
      ],
    });
    const run = (name: string): ReturnType<typeof runOf> => runOf(report, name);
    t.is(run('capture-whole').exitCode, 0);

    t.is(run('capture-broken').exitCode, 1);
    t.is(run('capture-broken').error?.code, 'IMAGE_SOURCE_UNREADABLE');
    t.like(run('capture-broken').error?.facts, {
      path: '/dev/mapper/source',
      partition: 2,
      diskOffset: fault,
    });
    t.is(run('capture-skipped').exitCode, 0);
    t.is(run('capture-skipped').skippedBytes, BLOCK);

    for (const name of ['restore-broken', 'restore-vanished']) {
      t.is(run(name).exitCode, 1, name);
      t.is(run(name).error?.code, 'IMAGE_TARGET_IO', name);
      t.like(run(name).error?.facts, { path: '/dev/mapper/target', errorCode: 'EIO' }, name);
    }
    t.like(run('restore-broken').error?.facts, { partition: 2, diskOffset: fault, action: 'read' });
    t.like(run('restore-lying'), { exitCode: 1, error: { code: 'IMAGE_READ_BACK' } });
    const facts = { path: '/dev/mapper/target', partition: 2, diskOffset: fault, length: BLOCK };
    t.like(run('restore-lying').error?.facts, facts);
    t.not(
      run('restore-lying').error?.facts['found'],
      run('restore-lying').error?.facts['expected'],
    );
    t.is(run('restore-again').exitCode, 0);
    t.true(Number(run('restore-again').unchangedBytes) > 0, 'what the failed runs wrote is kept');
    t.true(run('verify-again').same);
    // The broken capture left no version behind.
    t.like(run('check'), { exitCode: 0, ok: true, versions: 2 });
  },
);
