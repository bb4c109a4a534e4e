import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { LEASE_FILE_LIMIT_BYTES, LeaseFile, readLeases } from '../../../src/pxe/dhcp/lease-file.ts';
import type { StoredLease } from '../../../src/pxe/dhcp/lease-table.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const LEASE: StoredLease = {
  mac: '52:54:00:00:00:0a',
  address: '10.77.0.100',
  untilMs: 1_700_000_600_000,
};
const OTHER: StoredLease = { mac: '52:54:00:00:00:0b', address: '10.77.0.101', untilMs: 5 };

test('leases are read as they were written, and nothing else is left in the folder', async (t) => {
  const file = path.join(await temporaryFolder(t), 'new/leases.json');
  await new LeaseFile(file, () => [LEASE, OTHER]).save();
  t.deepEqual(await readLeases(file), [LEASE, OTHER]);
  t.deepEqual(await readdir(path.dirname(file)), ['leases.json']);
});

test('without a file there are no leases', async (t) => {
  t.deepEqual(await readLeases(path.join(await temporaryFolder(t), 'leases.json')), []);
});

test('saves that come together are written together, and each has what was true when it was asked', async (t) => {
  const file = path.join(await temporaryFolder(t), 'leases.json');
  let leases: readonly StoredLease[] = [LEASE];
  let taken = 0;
  const stored = new LeaseFile(file, () => {
    taken += 1;
    return leases;
  });
  const first = stored.save();
  leases = [LEASE, OTHER];
  const others = Array.from({ length: 50 }, () => stored.save());
  await first;
  await Promise.all(others);
  t.deepEqual(await readLeases(file), [LEASE, OTHER]);
  t.is(taken, 2);
  await stored.save();
  t.is(taken, 3);
});

test('a save that fails is told to who asked, and the next one is tried anew', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'leases.json');
  await mkdir(`${file}.new`);
  const stored = new LeaseFile(file, () => [LEASE]);
  const [first, second] = [stored.save(), stored.save()];
  await t.throwsAsync(first, { code: 'EISDIR' });
  await t.throwsAsync(second, { code: 'EISDIR' });
  await t.throwsAsync(stored.save(), { code: 'EISDIR' });
});

const text = (leases: readonly unknown[], more: object = {}): string =>
  JSON.stringify({ format: 'nacre-leases', version: 1, leases, ...more });

for (const [title, content, reason] of [
  ['nothing in it', '', /JSON/],
  ['half a text', text([LEASE]).slice(0, -5), /JSON/],
  ['another format', text([], { format: 'leases' }), /format/],
  ['a later version', text([], { version: 2 }), /version/],
  ['something more', text([], { more: 1 }), /more/i],
  ['a MAC in capitals', text([{ ...LEASE, mac: '52:54:00:00:00:0A' }]), /leases\.0\.mac/],
  ['an address that is none', text([{ ...LEASE, address: '10.77.0.300' }]), /leases\.0\.address/],
  ['a time that is no number', text([{ ...LEASE, untilMs: '5' }]), /leases\.0\.untilMs/],
  ['a time before 1970', text([{ ...LEASE, untilMs: -1 }]), /leases\.0\.untilMs/],
  ['a time that no clock shows', text([{ ...LEASE, untilMs: 9e15 }]), /leases\.0\.untilMs/],
  ['a MAC twice', text([LEASE, { ...OTHER, mac: LEASE.mac }]), /same mac twice/],
  ['an address twice', text([LEASE, { ...OTHER, address: LEASE.address }]), /same address twice/],
] as const) {
  test(`a file with ${title} is refused, and stays`, async (t) => {
    const file = path.join(await temporaryFolder(t), 'leases.json');
    await writeFile(file, content);
    await t.throwsAsync(readLeases(file), { code: 'PXE_LEASES_DAMAGED', message: reason });
    t.is(await readFile(file, 'utf8'), content);
  });
}

test('a file that is cut anywhere is refused', async (t) => {
  const file = path.join(await temporaryFolder(t), 'leases.json');
  const whole = text([LEASE]);
  for (let length = 0; length < whole.length; length += 7) {
    await writeFile(file, whole.slice(0, length));
    await t.throwsAsync(readLeases(file), { code: 'PXE_LEASES_DAMAGED' }, `${length} bytes`);
  }
});

test('a file that is far too large is refused before it is read', async (t) => {
  const file = path.join(await temporaryFolder(t), 'leases.json');
  await writeFile(file, Buffer.alloc(LEASE_FILE_LIMIT_BYTES + 1));
  await t.throwsAsync(readLeases(file), { code: 'PXE_LEASES_DAMAGED', message: /bytes/ });
});
