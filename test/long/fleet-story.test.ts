/**
 * Spec A with a fleet: three machines that nobody knows start from the network of one manager, are let in, laid out and imaged, get versions by
 * jobs and by a label, and one of them gets an image whose kernel is gone. What is claimed is read from the disks, or answered by the manager.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunningDevice } from '../helpers/agent-device.ts';
import { type FleetHouse, type Json, listOf, openFleetHouse } from '../helpers/fleet-house.ts';
import { type FleetMachine, makeFleetMachine } from '../helpers/fleet-machine.ts';
import { requires } from '../helpers/requires.ts';
import { compareVolumes } from '../helpers/restored-bytes.ts';
import { makeOs, STORY_NEEDS } from '../helpers/story.ts';

/** Blocks of a file system that change when it gets small files and another place on a disk. */
const MOST_OTHER_BLOCKS = 128;
const BROKEN = 4;
/** Where the root volume of a UEFI disk begins. */
const ROOT_BYTES = 35 * 2 ** 20;

interface Package {
  readonly name: string;
  readonly layout: string;
  /** Disk files of the versions, and their ids. */
  readonly versions: readonly { readonly disk: string; readonly id: string }[];
}

/** Captures versions of an OS into the store; the fourth has no kernel. */
const makePackage = async (
  { folder, nacre }: FleetHouse,
  { name, kind, layout }: { name: string; kind: 'uefi' | 'ntfs'; layout: string },
  numbers: readonly (1 | 2 | 3 | 4)[],
): Promise<Package> => {
  const versions: { disk: string; id: string }[] = [];
  for (const number of numbers) {
    const disk = path.join(folder, `${name}-v${number}.img`);
    makeOs(kind, `v${number}`, disk);
    if (number === BROKEN)
      execFileSync('debugfs', ['-w', '-R', 'rm /boot/vmlinuz', `${disk}?offset=${ROOT_BYTES}`]);
    const { id } = await nacre(['image', 'capture', disk, name]);
    versions.push({ disk, id: String(id) });
  }
  const label = ['image', 'label', `${name}@${versions[0]?.id.slice(0, 8)}`, 'stable'];
  await nacre(label);
  return { name, layout, versions };
};

const versionOf = ({ versions, name }: Package, number: number) => {
  const version = versions[number - 1];
  if (version === undefined) throw new Error(`${name} has no version ${number}`);
  return { ...version, image: `${name}@${version.id}` };
};

/** What runs on the machine lies on its disk as it was captured; looked at before the OS writes, or in a machine that is held. */
const hasVersion = async (
  t: ExecutionContext,
  { disk }: FleetMachine,
  pack: Package,
  number: number,
): Promise<void> => {
  const { disk: source } = versionOf(pack, number);
  const { used, differing } = await compareVolumes(source, disk, 'guest-root');
  t.true(used > 10_000, `${used} blocks`);
  t.true(differing.length <= MOST_OTHER_BLOCKS, `other blocks: ${differing.join(' ')}`);
};

/** Partitions of the disk file, MiB by label or file system. */
const partitionsOf = async ({ nacre }: FleetHouse, { disk }: FleetMachine) => {
  const [shown] = listOf(await nacre(['disk', 'show', disk]), 'disks');
  return listOf(shown ?? {}, 'partitions').map(({ fileSystem, sizeBytes }) => ({
    fileSystem: String(fileSystem),
    mib: Number(sizeBytes) / 2 ** 20,
  }));
};

const isDevice =
  ({ mac }: FleetMachine, state: string) =>
  (answer: Json): boolean =>
    listOf(answer, 'devices').some(
      ({ macs, state: found }) => Array.isArray(macs) && macs.includes(mac) && found === state,
    );

const deviceOf = async ({ nacre }: FleetHouse, { mac }: FleetMachine): Promise<Json> =>
  nacre(['device', 'show', mac]);

const orderOf = async (house: FleetHouse, words: readonly string[]): Promise<string> => {
  const made = await house.nacre(['job', 'make', ...words, '--yes']);
  const [job] = listOf(made, 'jobs');
  if (job === undefined) throw new Error(`no job: ${JSON.stringify(made)}`);
  return String(job['id']);
};

const jobIs = (house: FleetHouse, job: string, state: string): Promise<Json> =>
  house.until(['job', 'show', job], (found) => {
    if (found['state'] === 'failed' && state !== 'failed') throw new Error(JSON.stringify(found));
    return found['state'] === state;
  });

/** Unknown, pending, approved, converted: layout and first version come by a start from the network. */
const convert = async (
  t: ExecutionContext,
  house: FleetHouse,
  machine: FleetMachine,
  pack: Package,
): Promise<void> => {
  const { name, mac, diskMib } = machine;
  const unknown = await machine.startFromNetwork();
  await house.until(['device', 'list', '--state', 'pending'], isDevice(machine, 'pending'));
  await unknown.switchOff();
  t.like(await deviceOf(house, machine), { state: 'pending', fingerprint: null });
  await house.nacre(['device', 'approve', mac]);
  await house.nacre(['device', 'set', mac, '--name', name]);
  const { image } = versionOf(pack, 1);
  const wish = ['--convert', '--package', image, '--layout', pack.layout, '--device', mac];
  const job = await orderOf(house, wish);
  const { serial, paused } = await machine.startFromNetwork();
  await serial.waitFor(/is on \/dev\/vda .* read back and right/);
  await paused(() => hasVersion(t, machine, pack, 1));
  await serial.waitFor(/NACRE-GUEST version v1/);
  await serial.end();
  await jobIs(house, job, 'done');
  const partitions = await partitionsOf(house, machine);
  t.is(partitions.length, 3, JSON.stringify(partitions));
  const sum = partitions.reduce((all, { mib }) => all + mib, 0);
  t.true(sum > diskMib - 16 && sum < diskMib, JSON.stringify(partitions));
};

/** The OS of the image enrols; whoever approves compares the fingerprint. */
const letIn = async (
  t: ExecutionContext,
  house: FleetHouse,
  machine: FleetMachine,
  pack: Package,
): Promise<RunningDevice> => {
  const running = await machine.startFromDisk();
  await running.serial.waitFor(/NACRE-GUEST version v1/);
  await house.until(['device', 'list', '--state', 'pending'], isDevice(machine, 'pending'));
  const { fingerprint } = await deviceOf(house, machine);
  const shown = running.serial.lines.join('\n');
  t.true(shown.includes(String(fingerprint).slice(0, 16)), shown);
  await house.nacre(['device', 'approve', machine.name]);
  const { id } = versionOf(pack, 1);
  await house.until(['device', 'show', machine.mac], (found) => found['backImageVer'] === id);
  return running;
};

/** BI while the OS runs; then PI with a network that is cut until the new OS runs. */
const fillAndImage = async (
  t: ExecutionContext,
  house: FleetHouse,
  machine: FleetMachine,
  { running, pack }: { running: RunningDevice; pack: Package },
): Promise<void> => {
  const { image, id } = versionOf(pack, 2);
  const wish = ['--package', image, '--device', machine.name];
  await jobIs(house, await orderOf(house, [...wish, '--bi']), 'done');
  await house.until(['device', 'show', machine.mac], (found) => found['backImageVer'] === id);
  t.is(repairsOf(running), 0);

  const pi = await orderOf(house, [...wish, '--pi', '--health', '3600']);
  await jobIs(house, pi, 'armed');
  await running.setLink(false);
  await running.serial.waitFor(/repaired from /);
  await running.paused(() => hasVersion(t, machine, pack, 2));
  await running.serial.waitFor(/NACRE-GUEST version v2/);
  t.regex(await running.serial.waitFor(/NACRE-GUEST host/), new RegExp(`host ${machine.name}`));
  t.is((await house.nacre(['job', 'show', pi]))['state'], 'armed');
  await running.setLink(true);
  const done = await jobIs(house, pi, 'done');
  const states = listOf(done, 'events').map(({ to }) => to);
  t.deepEqual(states.slice(-5), ['armed', 'imaging', 'verifying', 'first-boot', 'done']);
};

/** How often Merlin has made its OS anew since it was switched on. */
const repairsOf = ({ serial }: RunningDevice): number =>
  serial.lines.filter((line) => line.includes('repaired from ')).length;

/** The administrator moves the label that a group follows. */
const moveLabel = async ({ nacre }: FleetHouse, pack: Package, number: number): Promise<void> => {
  const { id } = versionOf(pack, number);
  await nacre(['image', 'label', `${pack.name}@${id.slice(0, 8)}`, 'stable']);
  await nacre(['package', 'sync']);
};

const rolloutIs = (house: FleetHouse, group: string, state: string, version: string) =>
  house.until(
    ['group', 'rollout', group],
    (found) => found['state'] === state && found['version'] === version,
  );

/** A version came by the group: its bytes, and then its OS. */
const getsVersion = async (
  t: ExecutionContext,
  machine: FleetMachine,
  running: RunningDevice,
  { pack, number }: { pack: Package; number: number },
): Promise<void> => {
  await running.serial.waitFor(/repaired from /);
  await running.paused(() => hasVersion(t, machine, pack, number));
  await running.serial.waitFor(new RegExp(`NACRE-GUEST version v${number}`));
  t.regex(await running.serial.waitFor(/NACRE-GUEST host/), new RegExp(`host ${machine.name}`));
};

/** One manager for all of it. */
interface Fleet {
  readonly house: FleetHouse;
  readonly kiosk: Package;
  readonly till: Package;
  /** UEFI, GPT, ext4; UEFI with a small disk; BIOS, MBR, NTFS. */
  readonly machines: Readonly<Record<'kiosk-1' | 'kiosk-2' | 'till-1', FleetMachine>>;
  readonly running: Map<FleetMachine, RunningDevice>;
}

const cleanups: (() => unknown)[] = [];
const owner = { teardown: (clean: () => unknown) => void cleanups.push(clean) };
let fleet: Promise<Fleet> | undefined;

test.after.always(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

const makeFleet = async (): Promise<Fleet> => {
  const house = await openFleetHouse(owner);
  const kiosks = { name: 'kiosk', kind: 'uefi', layout: 'uefi' } as const;
  const tills = { name: 'till', kind: 'ntfs', layout: 'wes7' } as const;
  const kiosk = await makePackage(house, kiosks, [1, 2, 3, BROKEN]);
  const till = await makePackage(house, tills, [1, 2, 3]);
  await house.nacre(['package', 'sync']);
  for (const { name } of [till, kiosk]) {
    await house.nacre(['package', 'autogenic', name]);
    await house.nacre(['group', 'add', `${name}s`]);
  }
  const machineOf = (
    name: string,
    number: number,
    kind: Pick<FleetMachine, 'firmware' | 'diskMib'>,
  ): FleetMachine => {
    const [mac, address] = [`52:54:00:77:00:0${number}`, `10.77.0.1${number}/24`];
    return makeFleetMachine(house, { ...kind, name, mac, address });
  };
  const machines = {
    'kiosk-1': machineOf('kiosk-1', 1, { firmware: 'ovmf', diskMib: 2048 }),
    'kiosk-2': machineOf('kiosk-2', 2, { firmware: 'ovmf', diskMib: 1152 }),
    'till-1': machineOf('till-1', 3, { firmware: 'seabios', diskMib: 2048 }),
  };
  return { house, kiosk, till, machines, running: new Map() };
};

/** The fleet of all tests of this file; undefined where tools are missing. */
const fleetOf = (t: ExecutionContext): Promise<Fleet> | undefined => {
  if (!requires(t, ...STORY_NEEDS, 'root', 'ip', 'debugfs')) return undefined;
  fleet ??= makeFleet();
  return fleet;
};

const runningOf = ({ running }: Fleet, machine: FleetMachine): RunningDevice => {
  const found = running.get(machine);
  if (found === undefined) throw new Error(`${machine.name} does not run`);
  return found;
};

/** A machine of the fleet from its first start on; it runs on afterwards. */
const begin = async (t: ExecutionContext, name: keyof Fleet['machines']): Promise<void> => {
  const told = await fleetOf(t);
  if (told === undefined) return;
  const { house, running } = told;
  const [machine, pack] = [told.machines[name], name === 'till-1' ? told.till : told.kiosk];
  await convert(t, house, machine, pack);
  const device = await letIn(t, house, machine, pack);
  running.set(machine, device);
  await fillAndImage(t, house, machine, { running: device, pack });
  await house.nacre(['group', 'join', `${pack.name}s`, machine.name]);
};

const BEGINNING = 'from a start that nobody knows to an OS that was imaged without a network';

test.serial(`UEFI, GPT and ext4: ${BEGINNING}`, (t) => begin(t, 'kiosk-1'));
test.serial(`the same on a smaller disk: ${BEGINNING}`, (t) => begin(t, 'kiosk-2'));

test.serial(
  'a label that moves brings the next version to a group, the canary first',
  async (t) => {
    const told = await fleetOf(t);
    if (told === undefined) return;
    const { house, kiosk, machines } = told;
    const [canary, other] = [machines['kiosk-1'], machines['kiosk-2']];
    await house.nacre(['device', 'set', canary.name, '--tag', 'canary']);
    await moveLabel(house, kiosk, 2);
    await house.nacre(['group', 'want', 'kiosks', 'kiosk:stable', '--rings', '1,100%', '--yes']);
    // Both have it already, by hand.
    await rolloutIs(house, 'kiosks', 'reached', versionOf(kiosk, 2).id);
    await moveLabel(house, kiosk, 3);
    await getsVersion(t, canary, runningOf(told, canary), { pack: kiosk, number: 3 });
    t.is(repairsOf(runningOf(told, other)), 1, 'the other one waits');
    await getsVersion(t, other, runningOf(told, other), { pack: kiosk, number: 3 });
    await rolloutIs(house, 'kiosks', 'reached', versionOf(kiosk, 3).id);
  },
);

test.serial(
  'an image without a kernel stops at its canary, which goes back by itself and says why',
  async (t) => {
    const told = await fleetOf(t);
    if (told === undefined) return;
    const { house, kiosk, machines } = told;
    const [canary, other] = [machines['kiosk-1'], machines['kiosk-2']];
    const [broken, good] = [versionOf(kiosk, BROKEN), versionOf(kiosk, 3)];
    await moveLabel(house, kiosk, BROKEN);
    await getsVersion(t, canary, runningOf(told, canary), { pack: kiosk, number: 3 });
    const stopped = await rolloutIs(house, 'kiosks', 'stopped', broken.id);
    t.log(String(stopped['reason']));
    t.regex(String(stopped['reason']), /1 failed, allowed are 0: kiosk-1: OS_START_NOT_FOUND/);
    t.like(stopped['counts'], { failed: 1, open: 1, working: 0, reached: 0 });
    const jobs = listOf(await house.nacre(['job', 'list', '--group', 'kiosks']), 'jobs');
    const [job, more] = jobs.filter(({ version }) => version === broken.id);
    t.like(job, { deviceName: 'kiosk-1', state: 'failed', code: 'OS_START_NOT_FOUND' });
    t.is(more, undefined);
    const [bad, old] = [broken.id.slice(0, 8), good.id.slice(0, 8)];
    const message = `kiosk@${bad} did not start; the device has put kiosk@${old} back`;
    t.regex(String(job?.['message']), new RegExp(message));
    // What it would repair itself from is what it runs, and nobody else has the other one.
    await house.until(
      ['device', 'show', canary.name],
      (found) => found['backImageVer'] === good.id,
    );
    t.like(await deviceOf(house, other), { backImageVer: good.id });
    t.is(repairsOf(runningOf(told, other)), 2);
    await runningOf(told, canary).switchOff();
    await runningOf(told, other).switchOff();
    for (const { disk } of [canary, other])
      t.like(await house.nacre(['boot', 'state', disk]), {
        ...{ mode: 'os', dirty: false, cmdid: '', status: '' },
      });
  },
);

test.serial(`BIOS, MBR and NTFS: ${BEGINNING}`, (t) => begin(t, 'till-1'));

test.serial('the OS on NTFS gets its next version by a label, too', async (t) => {
  const told = await fleetOf(t);
  if (told === undefined) return;
  const { house, till, machines } = told;
  const machine = machines['till-1'];
  await moveLabel(house, till, 3);
  await house.nacre(['group', 'want', 'tills', 'till:stable', '--yes']);
  await getsVersion(t, machine, runningOf(told, machine), { pack: till, number: 3 });
  await rolloutIs(house, 'tills', 'reached', versionOf(till, 3).id);
  await runningOf(told, machine).switchOff();
});
