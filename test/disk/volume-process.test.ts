import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runVolumeProcess } from '../../src/disk/volume-process.ts';
import { NacreError } from '../../src/errors.ts';
import { temporaryFolder } from '../helpers/volume.ts';

/** A program in place of nacre-files. */
const program = (t: ExecutionContext, script: string): string => {
  const file = path.join(temporaryFolder(t), 'program');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
};

const WRITE = { kind: 'write', path: 'a', stream: '', bytes: new Uint8Array(1_000_000) } as const;

const ENDS: readonly (readonly [string, string, RegExp])[] = [
  ['crashes', 'kill -SEGV $$', /it was ended by SIGSEGV/],
  ['fails', 'exit 3', /exit code 3/],
  ['answers rubbish', 'printf "\\377\\377\\377\\377"', /its answer is too long/],
  ['answers with an unknown kind', 'printf "\\001\\0\\0\\0\\011"', /of an unknown kind/],
  ['stops in an answer', 'printf "\\011\\0\\0\\0\\0"', /its answer is cut off/],
  // Its input stays open, so that what is being sent is not broken off by the pipe but by us.
  ['leaves its input to another', 'exec 3<&0; sleep 2 >/dev/null & exit 3', /exit code 3/],
  ['reads nothing and hangs', 'exec sleep 100', /no answer within 1 s/],
];

for (const [title, script, reason] of ENDS) {
  test(`a program that ${title} ends the call with its reason`, async (t) => {
    const requests = [WRITE, WRITE, WRITE];
    const run = runVolumeProcess(requests, { timeoutMs: 1000, program: program(t, script) });
    const error = await t.throwsAsync(run, { code: 'VOLUME_HELPER_FAILED' });
    t.regex(error?.message ?? '', reason);
  });
}

test('a cancelled call kills the program', async (t) => {
  const signal = AbortSignal.timeout(100);
  const hanging = program(t, 'exec sleep 100');
  const run = runVolumeProcess([WRITE], { timeoutMs: 60_000, signal, program: hanging });
  await t.throwsAsync(run, { code: 'CANCELLED' });
  const late = runVolumeProcess([WRITE], { timeoutMs: 60_000, signal, program: hanging });
  await t.throwsAsync(late, { code: 'CANCELLED' });
});

test('a program that is missing is named', async (t) => {
  const run = runVolumeProcess([], { timeoutMs: 1000, program: '/nowhere' });
  await t.throwsAsync(run, { code: 'TOOL_MISSING' });
});

test('requests that no frame can hold are a bug of the caller', async (t) => {
  const bytes = new Uint8Array(2 ** 21);
  const run = runVolumeProcess([{ ...WRITE, bytes }], { timeoutMs: 10_000 });
  await t.throwsAsync(run, { instanceOf: TypeError });
});

test('what the program is asked before a volume is open is refused by it', async (t) => {
  const run = runVolumeProcess([{ kind: 'commit' }], { timeoutMs: 10_000 });
  const error = await t.throwsAsync(run);
  t.is(error instanceof NacreError ? error.code : '', 'DISK_STRUCTURE');
});
