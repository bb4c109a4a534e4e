/** GRUB's script and the function of src/codec decide alike: one boot goes through every state. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { decideBootOf } from '../../src/codec/boot-decision.ts';
import { type GrubBlock, parseGrubBlock, serializeGrubBlock } from '../../src/codec/grub-block.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { placeGrubCore } from '../../src/disk/grub-core.ts';
import { bootGuest } from '../helpers/qemu.ts';
import { Random } from '../helpers/random.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/volume.ts';
import { emptyFile, run } from '../helpers/volumes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MIB = 2 ** 20;
const VOLUME = { startBytes: MIB, sizeBytes: 16 * MIB };

interface State {
  readonly conf: Uint8Array | undefined;
  readonly alt: Uint8Array | undefined;
}

const base: GrubBlock = {
  sequence: 10,
  mode: 'os',
  isDirty: false,
  osTries: undefined,
  merlinTries: 3,
  cmdid: '0f8e3c1a-7d55-4c0b-9a6e-2f1b7c9d0e11',
  status: '',
};

/** Every block that the codec can write, and blocks that it refuses. */
const states = (): readonly State[] => {
  const all: State[] = [];
  for (const mode of ['os', 'merlin', 'rescue'] as const)
    for (const isDirty of [false, true])
      for (const osTries of [undefined, 0, 1, 2, 3])
        for (const merlinTries of [0, 1, 2, 3]) {
          const conf = serializeGrubBlock({ ...base, mode, isDirty, osTries, merlinTries });
          all.push({ conf, alt: undefined });
        }
  const text = (change: (text: string) => string): Buffer =>
    Buffer.from(change(serializeGrubBlock(base).toString('latin1')).padEnd(512, '#').slice(0, 512));
  const damaged = [
    new Random(1).bytes(512),
    Buffer.alloc(512),
    Buffer.alloc(512, '#'),
    ...[
      ['end=1', 'end=0'],
      ['end=1\n', ''],
      ['mode=os', 'mode=mer1in'],
      ['dirty=0', 'dirty='],
      ['dirty=0', 'dirty=2'],
      ['ot=\n', 'ot=4\n'],
      ['mt=3', 'mt=x'],
      ['mt=3\n', ''],
      ['seq=10', 'seq=-1'],
      ['seq=10', 'seq=1000000000'],
      ['seq=10', 'seq=010'],
      ['cmdid=0f', 'cmdid=0 f'],
      ['status=', 'status=a b'],
      ['\n', '\r\n'],
    ].map(([from = '', to = '']) => text((block) => block.replaceAll(from, to))),
  ];
  for (const conf of damaged) all.push({ conf, alt: undefined });
  const job = serializeGrubBlock({ ...base, sequence: 11, mode: 'merlin' });
  const old = serializeGrubBlock({ ...base, sequence: 9, isDirty: true, merlinTries: 1 });
  const os = serializeGrubBlock({ ...base, osTries: 2 });
  all.push({ conf: undefined, alt: undefined }, { conf: undefined, alt: job });
  for (const alt of [job, old, os, Buffer.alloc(512), text((block) => `${block.slice(0, 60)}`)])
    all.push({ conf: os, alt }, { conf: Buffer.alloc(512, 1), alt }, { conf: alt, alt: job });
  return all;
};

const package_ = (name: string): string =>
  execFileSync(path.join(ROOT, 'scripts/fetch-package'), [name], { encoding: 'utf8' }).trim();

const CONFIG = `serial --unit=0 --speed=115200
terminal_output serial
echo
set ba=(hd0,msdos1)
source $ba/main.cfg
source $ba/states.cfg
echo NACRE-GUEST-OK
halt
`;

const MODULES =
  'biosdisk part_msdos fat normal configfile loadenv test echo serial terminal halt regexp true memdisk tar';

const coreImages = (folder: string): { readonly boot: Buffer; readonly core: Buffer } => {
  execFileSync('mkdir', ['-p', `${folder}/grub`]);
  writeFileSync(`${folder}/grub/grub.cfg`, CONFIG);
  run('tar', ['-C', folder, '-cf', `${folder}/memdisk.tar`, 'grub/grub.cfg']);
  const files = `${package_('grub-pc-bin')}/usr/lib/grub/i386-pc`;
  const words = [
    '-O',
    'i386-pc',
    '-d',
    files,
    '-m',
    `${folder}/memdisk.tar`,
    '-p',
    '(memdisk)/grub',
  ];
  run(`${package_('grub-common')}/usr/bin/grub-mkimage`, [
    ...words,
    '-o',
    `${folder}/core.img`,
    ...MODULES.split(' '),
  ]);
  return { boot: readFileSync(`${files}/boot.img`), core: readFileSync(`${folder}/core.img`) };
};

/** A disk with a boot agent partition that holds every state in a folder of its own. */
const makeDisk = async (t: ExecutionContext, all: readonly State[]): Promise<string> => {
  const folder = temporaryFolder(t);
  const file = emptyFile(`${folder}/disk.img`, 18);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], {
    input: 'label: dos\nstart=2048, size=32768, type=e\n',
  });
  using disk = await openForWrite(file);
  const { bootCode, core, coreLba } = placeGrubCore(coreImages(folder), {
    firstLba: 1,
    endLba: 2048,
  });
  await disk.device.write(coreLba * 512, core);
  await disk.device.write(0, bootCode);
  await formatFat(disk, VOLUME, { type: 'fat16' });
  using volume = await FatVolume.open(disk, VOLUME);
  await volume.write('main.cfg', readFileSync(path.join(ROOT, 'pxe/grub/main.cfg')));
  const lines = all.map(
    (_, index) =>
      `set ba=(hd0,msdos1)/s${index}; decide; echo "NACRE-GUEST ${index} $boots $why $block"`,
  );
  await volume.write('states.cfg', Buffer.from(`${lines.join('\n')}\n`));
  for (const [index, { conf, alt }] of all.entries()) {
    await volume.makeFolder(`s${index}`);
    await volume.makeFolder(`s${index}/Grub`);
    if (conf !== undefined) await volume.write(`s${index}/Grub/grub.conf`, conf);
    if (alt !== undefined) await volume.write(`s${index}/Grub/grub.alt`, alt);
  }
  await volume.finish();
  return file;
};

/** What GRUB left in a slot against what it had to leave. */
const checkSlot = async (
  t: ExecutionContext,
  volume: FatVolume,
  file: string,
  {
    before,
    stored,
  }: { readonly before: Uint8Array | undefined; readonly stored: GrubBlock | undefined },
): Promise<void> => {
  if (before === undefined) return;
  const after = await volume.read(file);
  if (stored !== undefined) t.deepEqual(parseGrubBlock(after), stored, file);
  else t.true(after.equals(before), `${file} changed`);
};

test('GRUB decides every state as the function does, and stores the same block', async (t) => {
  if (!requires(t, 'qemu-system-x86_64', 'sfdisk')) return;
  const all = states();
  const file = await makeDisk(t, all);
  const report = await bootGuest({ disk: file, discardWrites: false, timeoutMs: 300_000 });
  using disk = await openForWrite(file);
  using volume = await FatVolume.open(disk, VOLUME);
  for (const [index, { conf, alt }] of all.entries()) {
    const { boots, why, slot, stored } = decideBootOf(conf, alt);
    const text = Buffer.from(conf ?? [])
      .toString('latin1')
      .slice(0, 120);
    const expected = [
      boots,
      why,
      ...(slot === undefined ? [] : [`(hd0,msdos1)/s${index}/Grub/grub.${slot}`]),
    ];
    t.deepEqual((report.values.get(`${index}`) ?? '').trim().split(' '), expected, text);
    for (const [name, before] of Object.entries({ conf, alt }))
      await checkSlot(t, volume, `s${index}/Grub/grub.${name}`, {
        before,
        stored: name === slot ? stored : undefined,
      });
  }
});
