/** The drivers in the boot environment as it is built: each has what it needs, by what the kernel's modules say themselves. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const plain = (name: string): string => name.replaceAll('-', '_');

/** Values of a field of `.modinfo`, where each is one text that ends with a zero. */
const fieldOf = (module: Buffer, field: string): readonly string[] =>
  [...module.toString('latin1').matchAll(new RegExp(`\\0${field}=([^\\0]*)\\0`, 'g'))].flatMap(
    ([, value = '']) => value.split(/[ ,]+/).filter((word) => word !== ''),
  );

/** What a module wants to be there before it, besides what is part of the kernel. */
const needsOf = (module: Buffer, builtIn: ReadonlySet<string>): readonly string[] => {
  const soft = fieldOf(module, 'softdep').filter((word) => !word.endsWith(':'));
  return [...fieldOf(module, 'depends'), ...soft].map(plain).filter((name) => !builtIn.has(name));
};

/** Names of drivers by their line: modules in the order of loading, without the devices that want them. */
const linesOf = (list: string): readonly (readonly string[])[] =>
  list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ').filter((word) => !word.includes(':')));

/** Wished for and not needed: without it crc_t10dif calculates by itself (lib/crc-t10dif.c of Linux 6.1), for disks that few have. */
const DONE_WITHOUT = ['crct10dif'];

/** What is part of the kernel. */
const builtInOf = (): ReadonlySet<string> => {
  const packages = '.cache/packages';
  const root = readdirSync(packages).find((name) => /^linux-image-\d/.test(name));
  const modules = `${packages}/${root}/lib/modules`;
  const [version = ''] = readdirSync(modules);
  const text = readFileSync(`${modules}/${version}/modules.builtin`, 'utf8');
  const names = text.split('\n').map((line) => line.replace(/^.*\/|\.ko$/g, ''));
  // What a part of the kernel is called by besides its name, such as what it calculates.
  const facts = readFileSync(`${modules}/${version}/modules.builtin.modinfo`, 'latin1').split('\0');
  const aliases = facts.flatMap((fact) => /^[^.=]+\.alias=(.*)$/.exec(fact)?.[1] ?? []);
  return new Set([...names, ...aliases, ...DONE_WITHOUT].map(plain));
};

test.serial('every driver is there with all that it needs, in the order of loading', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const tree = await temporaryFolder(t);
  const base = execFileSync('zstd', ['-dcq', `${bootEnvironment()}/base.img`], {
    maxBuffer: 2 ** 28,
  });
  execFileSync('cpio', ['-idm', '--quiet', 'modules/*'], { cwd: tree, input: base });
  const folder = `${tree}/modules`;
  const builtIn = builtInOf();
  const groups = readdirSync(folder).filter((name) => !name.endsWith('.ko'));
  t.true(groups.includes('storage') && groups.includes('network'), groups.join(' '));
  const lacks = groups.flatMap((group) =>
    linesOf(readFileSync(`${folder}/${group}`, 'utf8')).flatMap((names) =>
      names.flatMap((name, at) => {
        const file = `${folder}/${name}.ko`;
        if (!existsSync(file)) return [`${group}: ${name} is not there`];
        return needsOf(readFileSync(file), builtIn)
          .filter((need) => !names.slice(0, at).includes(need))
          .map((need) => `${group}: ${name} needs ${need}`);
      }),
    ),
  );
  t.deepEqual(lacks, []);
});

test.serial("Intel's watchdog comes with the two drivers that show it to the kernel", (t) => {
  const list = execFileSync('sed', ['-n', '/^\\[watchdog\\]/,/^$/p', 'pxe/modules'], {
    encoding: 'utf8',
  });
  const at = (name: string): number => list.split('\n').indexOf(name);
  t.true(at('lpc_ich') > 0 && at('lpc_ich') < at('iTCO_wdt'));
  t.true(at('i2c_i801') > 0 && at('i2c_i801') < at('iTCO_wdt'));
});
