import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { putDiskFirst, readBootOrder } from '../../../src/agent/facts/boot-order.ts';
import {
  diskEntry,
  networkEntry,
  numbers,
  setupEntry,
  variable,
} from '../../helpers/efi-variables.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const [OURS, OTHER] = [
  '11111111-1111-1111-1111-111111111111',
  '22222222-2222-2222-2222-222222222222',
];

const firmware = async (t: ExecutionContext, variables: Readonly<Record<string, Uint8Array>>) => {
  const folder = path.join(await temporaryFolder(t), 'efi');
  mkdirSync(path.join(folder, 'efivars'), { recursive: true });
  const fileOf = (name: string): string => path.join(folder, 'efivars', `${name}-${GLOBAL}`);
  for (const [name, data] of Object.entries(variables)) writeFileSync(fileOf(name), variable(data));
  return { folder, order: (): Buffer => readFileSync(fileOf('BootOrder')), fileOf };
};

const ENTRIES = {
  Boot0000: setupEntry(),
  Boot0001: networkEntry(),
  Boot0002: diskEntry(OTHER),
  Boot000A: diskEntry(OURS),
};

test('what starts first is found behind setups and entries that are off', async (t) => {
  const network = await firmware(t, {
    ...ENTRIES,
    BootOrder: numbers(0, 1, 2),
    BootCurrent: numbers(1),
  });
  const found = await readBootOrder(network.folder);
  t.like(found, { firmware: 'uefi', first: 'network', canSetOrder: true, hasSecureBoot: false });
  t.regex(found.reason, /Boot0001 \(UEFI PXEv4.*this start came from there/);
  const disk = await firmware(t, {
    ...ENTRIES,
    ...{ Boot0003: diskEntry(OURS, false), BootOrder: numbers(3, 2, 1), SecureBoot: Buffer.of(1) },
  });
  t.like(await readBootOrder(disk.folder), { first: 'disk', hasSecureBoot: true });
});

test("the disk's own entry is put first, and the others keep their order", async (t) => {
  const { folder, order } = await firmware(t, { ...ENTRIES, BootOrder: numbers(0, 1, 2, 0xa) });
  t.like(await putDiskFirst(OURS, folder), { first: 'disk' });
  t.deepEqual(order(), variable(numbers(0xa, 0, 1, 2)));
  t.like(await putDiskFirst(OURS, folder), { first: 'disk' });
  t.deepEqual(order(), variable(numbers(0xa, 0, 1, 2)), 'nothing to write');
});

test('a disk with an MBR takes what started now', async (t) => {
  const { folder, order } = await firmware(t, {
    ...ENTRIES,
    ...{ BootOrder: numbers(1, 2, 0xa), BootCurrent: numbers(0xa) },
  });
  await putDiskFirst('', folder);
  t.deepEqual(order(), variable(numbers(0xa, 1, 2)));
});

test('firmware that names no disk, or writes nonsense, is told as it is', async (t) => {
  const none = await firmware(t, { ...ENTRIES, BootOrder: numbers(0, 1) });
  t.like(await readBootOrder(none.folder), { first: 'network', canSetOrder: false });
  t.like(await putDiskFirst(OURS, none.folder), { first: 'network' });
  const odd = await firmware(t, { BootOrder: Buffer.alloc(3), Boot0001: Buffer.alloc(2) });
  t.like(await readBootOrder(odd.folder), { first: 'unknown', canSetOrder: false });
});

test('a machine without variables is BIOS, whose order nobody knows', async (t) => {
  const found = await readBootOrder(path.join(await temporaryFolder(t), 'none'));
  t.like(found, { firmware: 'bios', canSetOrder: false });
  t.not(found.first, 'disk');
});
