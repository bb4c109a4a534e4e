import { rename, rm, writeFile } from 'node:fs/promises';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import {
  MOST_POLICY_BYTES,
  readPolicyFile,
  watchPolicy,
} from '../../../src/pxe/policy/policy-file.ts';
import { collectingLog, nextRead } from '../../helpers/service-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const FILE = 'policy.toml';

/** As editors do it: the file is never seen half written. */
const replace = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
};

test('a file that is missing, too large or not UTF-8 is refused with its name', async (t) => {
  const file = `${await temporaryFolder(t)}/${FILE}`;
  const reasonOf = async (): Promise<unknown> => {
    const error = await t.throwsAsync(readPolicyFile(file), { code: 'PXE_POLICY_UNREADABLE' });
    t.true(error?.message.startsWith(`${file} cannot be read as a policy, line 0`));
    return isNacreError(error) ? error.facts['reason'] : undefined;
  };
  t.is(await reasonOf(), 'ENOENT');
  await writeFile(file, Buffer.alloc(MOST_POLICY_BYTES + 1, '#'));
  t.is(await reasonOf(), `it has more than ${MOST_POLICY_BYTES} bytes`);
  await writeFile(file, Buffer.from('answer = "\xff"', 'latin1'));
  t.is(await reasonOf(), 'it is not UTF-8');
  await writeFile(
    file,
    Buffer.concat([Buffer.alloc(MOST_POLICY_BYTES - 9, '#'), Buffer.from('\nanswer=1')]).subarray(
      0,
      MOST_POLICY_BYTES,
    ),
  );
  await t.throwsAsync(readPolicyFile(file), { code: 'PXE_POLICY_INVALID' });
});

test('a policy that changes is read again, and one that is wrong leaves the last good one in force', async (t) => {
  const file = `${await temporaryFolder(t)}/${FILE}`;
  await writeFile(file, 'answer = "off"');
  const { log, lines } = collectingLog();
  const read = nextRead();
  await using watch = await watchPolicy({ file, log, pollMs: 5, onRead: read.notify });
  t.is(watch.current().answer, 'off');

  await replace(file, 'answer = "everyone"');
  await read.next();
  t.is(watch.current().answer, 'everyone');
  t.is(watch.problem(), undefined);

  await replace(file, 'answer = "someone"');
  await read.next();
  t.is(watch.current().answer, 'everyone');
  t.like(watch.problem(), { code: 'PXE_POLICY_INVALID' });
  t.is(lines.at(-1)?.level, 'warn');

  await rm(file);
  await read.next();
  t.is(watch.current().answer, 'everyone');
  t.like(watch.problem(), { code: 'PXE_POLICY_UNREADABLE' });

  await replace(file, 'answer = "known"');
  await read.next();
  t.is(watch.current().answer, 'known');
  t.is(watch.problem(), undefined);
});

test('a watch begins with a good policy or not at all, and ends with its signal', async (t) => {
  const file = `${await temporaryFolder(t)}/${FILE}`;
  const { log } = collectingLog();
  await t.throwsAsync(watchPolicy({ file, log }), { code: 'PXE_POLICY_UNREADABLE' });
  await writeFile(file, '');
  const control = new AbortController();
  const watch = await watchPolicy({ file, log, pollMs: 1, signal: control.signal });
  control.abort();
  await watch.close();
  await watch.close();
  t.is(watch.current().answer, 'known');
});
