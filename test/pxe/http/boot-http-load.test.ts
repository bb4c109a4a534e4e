/** Fifty devices at once: all get all, and the service keeps its size. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import { outputFile } from 'fs-extra/esm';
import { compiledProgram } from '../../helpers/compiled-program.ts';
import { NOT_COUNTED } from '../../helpers/nacre.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MIB = 2 ** 20;
const CLIENTS = 50;
const PACK_MIB = 8;
const PROGRAM = compiledProgram('boot-http-program.ts');
const ID = 'ab'.repeat(32);

/** The largest size that a process ever had in memory. */
const peakBytes = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
};

const startProgram = async (t: ExecutionContext, store: string) => {
  const child = spawn(process.execPath, [PROGRAM, store], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...NOT_COUNTED },
  });
  t.teardown(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { url: `http://127.0.0.1:${line}`, pid: child.pid ?? 0 };
  throw new Error('the program ended at once');
};

/** Fetches an address so often at the same time, and returns the bytes of each. */
const fetchAll = (url: string): readonly string[] => {
  const outputs = Array.from({ length: CLIENTS }, () => ['-o', '/dev/null', url]).flat();
  const words = ['-sSf', '-Z', '--parallel-max', `${CLIENTS}`, '--parallel-immediate'];
  const run = spawnSync('curl', [...words, '-w', '%{size_download}\n', ...outputs], {
    encoding: 'utf8',
  });
  return run.status === 0 ? run.stdout.trim().split('\n') : [run.stderr];
};

test('fifty clients at once get whole files from memory and from the store, in bounded memory', async (t) => {
  if (!requires(t, 'curl')) return;
  const store = await temporaryFolder(t);
  const pack = Buffer.alloc(PACK_MIB * MIB, 'pack');
  await outputFile(`${store}/packs/ab/${ID}.pack`, pack);
  const { url, pid } = await startProgram(t, store);
  const expected = Array.from({ length: CLIENTS }, () => String(PACK_MIB * MIB));

  t.deepEqual(fetchAll(`${url}/initrd.pxe`), expected);
  const before = peakBytes(pid);
  t.deepEqual(fetchAll(`${url}/initrd.pxe`), expected);
  t.true(peakBytes(pid) - before < 32 * MIB, 'what lies in memory is not copied for each client');

  t.deepEqual(fetchAll(`${url}/store/packs/ab/${ID}.pack`), expected);
  // A read of 1 MiB for each client, and what Node needs besides.
  const grown = peakBytes(pid) - before;
  t.true(grown < (CLIENTS + 64) * MIB, `grew by ${Math.round(grown / MIB)} MiB`);
  t.log(`grew by ${Math.round(grown / MIB)} MiB for ${CLIENTS} clients and ${PACK_MIB} MiB each`);
});
