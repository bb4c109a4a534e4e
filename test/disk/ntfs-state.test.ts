/** When an NTFS volume may be captured by its map: judged as ntfs-3g judges a writing mount. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { withMounted } from '../helpers/aged-volume.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { BLOCK, formatted, MIB, patch, probe, readAt } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';

const ntfs = (t: ExecutionContext): Promise<string> =>
  formatted(t, 32 * MIB, ['mkntfs', '-F', '-Q', '-p', '2048', '-H', '255', '-S', '63']);

test('NTFS is dirty after ntfsresize', async (t) => {
  const image = await ntfs(t);
  await runTool('ntfsresize', ['--force', '--force', '--no-progress-bar', '--size', '24M', image]);
  t.like(await probe(image), { state: 'dirty', reason: 'dirty flag of $Volume' });
});

/** Offsets of the record of $Volume in $MFT and in $MFTMirr. */
const volumeRecords = (image: string): readonly [record: number, copy: number] => {
  const boot = readAt(image, 0, 512);
  const inTable = (offset: number): number =>
    Number(boot.readBigUInt64LE(offset)) * BLOCK + 3 * 1024;
  return [inTable(48), inTable(56)];
};

/** Flags of $Volume: those for which Linux drivers mount read-only, and two more. */
const VOLUME_FLAGS: readonly (readonly [flags: number, reason: string])[] = [
  [0x0001, 'dirty flag of $Volume'],
  [0x0002, '$LogFile is to be resized (flag of $Volume)'],
  [0x0004, 'an upgrade of NTFS is to be made (flag of $Volume)'],
  [0x0008, ''],
  [0x0010, 'the USN journal is being deleted (flag of $Volume)'],
  [0x0020, 'object IDs are to be repaired (flag of $Volume)'],
  [0x0080, ''],
  [0x4000, 'chkdsk was interrupted (flag of $Volume)'],
  [0x8000, 'no Windows has mounted it since chkdsk (flag of $Volume)'],
];

for (const [flags, reason] of VOLUME_FLAGS) {
  const hex = flags.toString(16).padStart(4, '0');
  test(`NTFS with the flag 0x${hex} in $Volume is ${reason === '' ? 'clean' : 'dirty'}`, async (t) => {
    const image = await ntfs(t);
    const [record, copy] = volumeRecords(image);
    // $VOLUME_INFORMATION: type, length 40, resident, value of 12 bytes.
    const attribute = readAt(image, record, 1024).indexOf(Buffer.from('7000000028000000', 'hex'));
    t.true(attribute > 0);
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(flags);
    for (const place of [record, copy]) patch(image, place + attribute + 24 + 10, bytes);
    t.regex(run('ntfsinfo', ['-f', '-m', image]), new RegExp(`Volume Flags: 0x${hex}`));
    t.like(await probe(image), { state: reason === '' ? 'clean' : 'dirty', reason });
  });
}

/** How ntfs-3g.probe ends: 13 is a damaged volume. */
const PROBE_CODES = { clean: 0, damaged: 13, hibernated: 14, journal: 15 } as const;

const expectLikeNtfs3g = async (
  t: ExecutionContext,
  image: string,
  state: keyof typeof PROBE_CODES,
): Promise<void> => {
  t.is((await probe(image)).state, state);
  const { exitCode } = await runTool('ntfs-3g.probe', ['--readwrite', image], {
    accept: Object.values(PROBE_CODES),
  });
  t.is(exitCode, PROBE_CODES[state]);
};

const HIBERFIL: readonly (readonly [
  header: string,
  length: number,
  state: keyof typeof PROBE_CODES,
])[] = [
  ['hibr', 65536, 'hibernated'],
  ['HIBR', 65536, 'hibernated'],
  ['wake', 65536, 'clean'],
  ['\0\0\0\0', 65536, 'clean'],
  ['', 100, 'hibernated'],
];

for (const [header, length, state] of HIBERFIL) {
  test(`NTFS with a hiberfil.sys of ${length} bytes that starts with "${header.replaceAll('\0', '0')}" is ${state}, as for ntfs-3g`, async (t) => {
    const image = await ntfs(t);
    const file = path.join(await temporaryFolder(t), 'hiberfil');
    const bytes = Buffer.alloc(length);
    bytes.write(header, 'latin1');
    writeFileSync(file, bytes);
    await runTool('ntfscp', ['-q', image, file, 'hiberfil.sys']);
    await expectLikeNtfs3g(t, image, state);
  });
}

test('hiberfil.sys is found in a root directory of many index blocks', async (t) => {
  if (!requires(t, 'root', 'ntfs-3g')) return;
  const image = await ntfs(t);
  await withMounted(t, image, ['ntfs-3g'], (folder) => {
    for (let index = 0; index < 400; index++) {
      writeFileSync(path.join(folder, `a file with a rather long name ${index}`), '');
    }
    writeFileSync(path.join(folder, 'hiberfil.sys'), Buffer.alloc(8192, 'HIBR'));
  });
  await expectLikeNtfs3g(t, image, 'hibernated');
});

/** A restart page of $LogFile as a Windows that has the volume open leaves it. */
const restartPage = (major: number, client: number, flags: number): Buffer => {
  const page = Buffer.alloc(4096);
  page.write('RSTR');
  page.writeUInt16LE(30, 4); // update sequence
  page.writeUInt16LE(9, 6);
  page.writeUInt32LE(4096, 16); // system page
  page.writeUInt32LE(4096, 20); // log page
  page.writeUInt16LE(48, 24); // restart area
  page.writeUInt16LE(1 - (major - 1), 26);
  page.writeUInt16LE(major, 28);
  page.writeUInt16LE(1, 30);
  for (let sector = 1; sector <= 8; sector++) page.writeUInt16LE(1, sector * 512 - 2);
  const area = 48;
  page.writeBigUInt64LE(1_050_000n, area); // current LSN
  page.writeUInt16LE(1, area + 8); // clients
  page.writeUInt16LE(client === 0 ? 0xffff : 0, area + 10); // first free client
  page.writeUInt16LE(client, area + 12); // first client in use
  page.writeUInt16LE(flags, area + 14);
  page.writeUInt32LE(67 - 22, area + 16); // sequence number bits for a log of 2 MiB
  page.writeUInt16LE(48 + 160, area + 20); // length with one client
  page.writeUInt16LE(48, area + 22); // client array
  page.writeBigUInt64LE(2n * 1024n * 1024n, area + 24); // log size
  page.writeUInt16LE(48, area + 36); // log record header
  page.writeUInt16LE(64, area + 38); // log page data
  page.writeUInt16LE(0xffff, area + 48 + 16); // previous client
  page.writeUInt16LE(0xffff, area + 48 + 18); // next client
  page.writeUInt32LE(8, area + 48 + 28); // name length
  page.write('NTFS', area + 48 + 32, 'utf16le');
  return page;
};

/** Offset of $LogFile, which is one run on a fresh volume. */
const logOffset = (image: string): number => {
  const [, cluster] =
    /Runlist:\s+VCN\s+LCN\s+Length\s+0x0\s+(0x[0-9a-f]+)/.exec(
      run('ntfsinfo', ['-i', '2', '-v', '-f', image]),
    ) ?? [];
  return Number(cluster) * BLOCK;
};

const LOGS: readonly (readonly [
  title: string,
  major: number,
  client: number,
  flags: number,
  state: keyof typeof PROBE_CODES,
])[] = [
  ['with a client in use', 1, 0, 0, 'journal'],
  ['with a client in use but marked clean', 1, 0, 2, 'clean'],
  ['without a client in use', 1, 0xffff, 0, 'clean'],
  ['of version 2.0', 2, 0xffff, 2, 'hibernated'],
];

for (const [title, major, client, flags, state] of LOGS) {
  test(`NTFS with a $LogFile ${title} is ${state}`, async (t) => {
    const image = await ntfs(t);
    for (const offset of [0, 4096]) {
      patch(image, logOffset(image) + offset, restartPage(major, client, flags));
    }
    await expectLikeNtfs3g(t, image, state);
  });
}

test('NTFS with $LogFile full of noise needs its journal', async (t) => {
  const image = await ntfs(t);
  patch(image, logOffset(image), Buffer.alloc(64 * 1024, 'noise'));
  await expectLikeNtfs3g(t, image, 'journal');
});

test('NTFS whose $MFTMirr does not match $MFT is damaged', async (t) => {
  const image = await ntfs(t);
  const [, copy] = volumeRecords(image);
  // The link count, as if the driver had died before it wrote the mirror.
  patch(image, copy + 18, Uint8Array.of(2));
  await expectLikeNtfs3g(t, image, 'damaged');
  t.is((await probe(image)).reason, 'NTFS $MFTMirr: record 3 is not that of $MFT');
});
