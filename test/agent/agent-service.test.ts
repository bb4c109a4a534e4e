import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Agent } from '../../src/agent/agent-service.ts';
import { readImagingResult } from '../../src/agent/hand-off.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import { readAgentStatus } from '../../src/agent/state/agent-status.ts';
import { postpone, readNotice } from '../../src/agent/work/notice.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { runTool } from '../../src/disk/tool.ts';
import { NacreError } from '../../src/errors.ts';
import { openBackupOf } from '../../src/image/backup/backup.ts';
import { findBackup } from '../../src/image/backup/backup-place.ts';
import { changeKeptFiles, placeOfKept, readKeptFiles } from '../../src/image/backup/kept-files.ts';
import type { JobTicket } from '../../src/job/job-ticket.ts';
import type { Signed } from '../../src/job/signed-message.ts';
import { type JobGround, type JobLab, makeJobGround, makeJobLab } from '../helpers/agent-job.ts';
import { peek } from '../helpers/disk-lab.ts';
import { networkEntry, numbers, variable } from '../helpers/efi-variables.ts';
import { attachLoop } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { makeJobKey, makeTicket } from '../helpers/stand-in-manager.ts';
import { serveFolder, type WebServer } from '../helpers/web-server.ts';

const cleanups: (() => unknown)[] = [];
let ground: Promise<JobGround> | undefined;

test.after.always(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

/** A device of its own; undefined where tools are missing. */
const labOf = async (t: ExecutionContext, settings = ''): Promise<JobLab | undefined> => {
  if (!requires(t, 'mkntfs', 'ntfscp', 'mtype', 'sfdisk', 'openssl')) return undefined;
  ground ??= makeJobGround({ teardown: (clean) => cleanups.push(clean) });
  return makeJobLab(t, await ground, { settings });
};

const generationsOf = async (disk: string) => {
  using backup = await openBackupOf({ path: disk });
  return await backup.generations();
};

/** An agent that runs until the manager knows the end of its job. */
const runToEnd = async ({ agent, manager }: JobLab): Promise<Agent> => {
  const running = await agent.start();
  await manager.until(() =>
    manager.reports.some(({ event }) => event === 'finish' || event === 'fail' || event === 'stop'),
  );
  await manager.until(() => manager.checkIns.at(-1)?.job === null);
  return running;
};

/** A job for what the backup partition holds already. */
const imagingOf = async ({ ticket }: JobLab, about: Partial<JobTicket> = {}): Promise<Signed> => {
  const id = (await ground)?.oldId ?? '';
  return ticket({ commands: ['PI'], image: { name: 'lab', id }, ...about });
};

const failureOf = ({ manager }: JobLab) => manager.reports.find(({ event }) => event === 'fail');

test.serial(
  'a job of both commands fills, arms, starts Merlin, and is done when the new OS has checked in',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
    const restarted = agent.world.restarted();
    const first = await agent.start();
    await restarted;
    await first.close();
    t.true(lab.events().includes('back-up'));
    t.like(await agent.state(), { lastCounter: 1, job: { state: 'armed', restarts: 1 } });
    t.like(await lab.block(), { mode: 'merlin', cmdid: (await agent.state()).job?.id });
    {
      using backup = await openBackupOf({ path: disk });
      const kept = (await readKeptFiles(backup)).map((file) => path.basename(file.path));
      t.deepEqual(kept.sort(), ['agent.json', 'agent.toml', 'device-key.pem'], 'A-30');
    }
    const { passedOver } = await repairDisk({ path: disk });
    t.deepEqual(passedOver, []);
    agent.world.reboot();
    await runToEnd(lab);
    await manager.until(() => manager.checkIns.at(-1)?.block?.cmdid === '');
    const way = ['download', 'back-up', 'arm', 'image', 'verify', 'start-os', 'finish'];
    // An answer that nobody waited for any more is asked for again.
    t.deepEqual([...new Set(lab.events())], way);
    t.is(manager.state, 'done');
    t.deepEqual(await readImagingResult({ path: disk }), { cmdid: '', status: '' });
    t.like(manager.checkIns.at(-1), {
      ...{ SupportImgBackup: 1, BackupImagePresent: 1, BackImageVer: lab.image.id },
      block: { mode: 'os', cmdid: '', status: '' },
    });
    t.deepEqual([...new Set(manager.reports.map(({ command }) => command))], ['BI', 'PI']);
  },
);

test.serial('an agent that is ended after each of its reports goes on where it was', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, agent, disk } = lab;
  manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
  for (const event of ['download', 'back-up', 'arm']) {
    const running = await agent.start();
    await manager.until(() => lab.events().includes(event));
    await running.close();
  }
  // Whether it was armed already or not, Merlin is next in the end.
  const restarted = agent.world.restarted();
  const armed = await agent.start();
  await restarted;
  await armed.close();
  await repairDisk({ path: disk });
  agent.world.reboot();
  for (const event of ['image', 'verify', 'start-os']) {
    await lab.block({ osTries: 0 });
    const running = await agent.start();
    await manager.until(() => lab.events().includes(event));
    await running.close();
    t.like(await lab.block(), { osTries: 3 }, 'a start that got as far as the agent');
  }
  await runToEnd(lab);
  t.is(manager.state, 'done');
  t.deepEqual([...new Set(lab.events())].length, 7);
  t.deepEqual(new Set(manager.checkIns.map(({ run }) => run)).size, 8, 'each start is a run');
});

test.serial('the manager that is away hears everything when it is back', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, agent } = lab;
  manager.answers = { ticket: lab.ticket(), stores: lab.stores };
  let isAway = false;
  manager.fault = (where, response) => {
    isAway ||= where.endsWith('report');
    if (isAway) response.destroy();
    return isAway;
  };
  await agent.start();
  await agent.line('job moved', { state: 'done' });
  t.deepEqual(lab.events(), []);
  manager.fault = undefined;
  await manager.until(() => manager.state === 'done');
  t.deepEqual(lab.events(), ['download', 'back-up', 'finish']);
});

test.serial(
  'a store that is away in the middle is waited for, and only what is missing is fetched',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, web } = lab;
    manager.answers = { ticket: lab.ticket(), stores: lab.stores };
    let lost = 0;
    web.fault = ({ name }, response) => {
      if (!name.endsWith('.pack') || lost >= 4) return false;
      lost += 1;
      response.destroy();
      return true;
    };
    await runToEnd(lab);
    t.is(manager.state, 'done');
    t.is(lost, 4);
  },
);

test.serial(
  'a copy of the store near the device gives the packs, the store of the manager what changes',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, web } = lab;
    const near = await serveFolder(t, lab.storeFolder);
    manager.answers = {
      ticket: lab.ticket(),
      stores: [{ url: `${near.url}/`, pin: null }, ...lab.stores],
    };
    await runToEnd(lab);
    t.is(manager.state, 'done');
    const asked = ({ requests }: WebServer, wanted: RegExp) =>
      requests.some(({ name }) => wanted.test(name));
    t.true(asked(near, /\.pack$/) && !asked(web, /\.pack$/));
    t.true(asked(web, /^images\//) && !asked(near, /^images\//));
  },
);

test.serial(
  'a copy of the store with a changed chunk is left for another one, and alone fails the job by name',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, web, disk } = lab;
    manager.answers = { ticket: lab.ticket(), stores: lab.stores };
    web.fault = ({ name, range }, response, bytes) => {
      const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      if (!name.endsWith('.pack') || start === undefined || bytes.length < 500_000) return false;
      const part = Buffer.from(bytes.subarray(Number(start), Number(last) + 1));
      part[Math.floor(part.length / 2)] = (part[Math.floor(part.length / 2)] ?? 0) ^ 1;
      response.writeHead(206, {
        'Content-Range': `bytes ${start}-${last}/${bytes.length}`,
        'Content-Length': String(part.length),
      });
      response.end(part);
      return true;
    };
    await runToEnd(lab);
    t.regex(failureOf(lab)?.code ?? '', /^STORE_/);
    const generations = await generationsOf(disk);
    t.true(
      generations.some(
        ({ isCurrent, verified, id }) => isCurrent && verified && id !== lab.image.id,
      ),
    );
  },
);

test.serial('a backup partition that is full fails the job with the numbers', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager } = lab;
  await lab.change('NACRE-BK', async (volume) => {
    const { freeBytes } = await volume.space();
    await volume.write('/filler', Buffer.alloc(freeBytes - 2 ** 20));
  });
  manager.answers = { ticket: lab.ticket(), stores: lab.stores };
  await runToEnd(lab);
  t.is(failureOf(lab)?.code, 'BACKUP_NO_SPACE');
  t.regex(failureOf(lab)?.message ?? '', /\d+ bytes free, \d+ are needed/);
});

test.serial('a fill that is cancelled stops cleanly, and the old generation stays', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, disk, web } = lab;
  const ticket = lab.ticket({ limitBytesPerSecond: 1024 });
  manager.answers = { ticket, stores: lab.stores };
  web.fault = ({ name }) => {
    if (name.endsWith('.pack')) manager.answers = { cancel: JSON.parse(ticket.text).job };
    return false;
  };
  await runToEnd(lab);
  t.is(manager.state, 'cancelled');
  const [only] = (await generationsOf(disk)).filter(({ isCurrent }) => isCurrent);
  t.like(only, { verified: true });
});

test.serial(
  'a job that is cancelled while it is armed is taken back, and the block is as before',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    const before = await lab.block();
    const ticket = await imagingOf(lab);
    manager.answers = { ticket };
    const restarted = agent.world.restarted();
    const running = await agent.start();
    await restarted;
    // The machine does not go down at once.
    manager.answers = { cancel: JSON.parse(ticket.text).job, ticket };
    await manager.until(() => manager.state === 'cancelled');
    await running.close();
    t.like(await lab.block(), { mode: before?.mode, cmdid: '', status: '', osTries: undefined });
  },
);

test.serial(
  'what Merlin says when it failed is what the manager hears, and nothing is armed afterwards',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    manager.answers = { ticket: await imagingOf(lab) };
    const restarted = agent.world.restarted();
    const first = await agent.start();
    await restarted;
    await first.close();
    await lab.block({ status: 'failed:BACKUP_UNUSABLE', merlinTries: 0 });
    agent.world.reboot();
    const second = await runToEnd(lab);
    await second.close();
    t.is(failureOf(lab)?.code, 'BACKUP_UNUSABLE');
    t.like(await lab.block(), { mode: 'os', cmdid: '', status: '' });
    t.deepEqual(await readImagingResult({ path: disk }), { cmdid: '', status: '' });
  },
);

test.serial(
  'a machine that never gets to Merlin is told three times, and then the job has failed',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    manager.answers = { ticket: await imagingOf(lab) };
    for (let start = 0; start < 3; start++) {
      const restarted = agent.world.restarted();
      const running = await agent.start();
      await restarted;
      await running.close();
      agent.world.reboot();
    }
    const last = await runToEnd(lab);
    await last.close();
    t.is(failureOf(lab)?.code, 'AGENT_NOT_IMAGED');
    t.is(agent.world.restarts(), 3);
    t.like(await lab.block(), { mode: 'os', cmdid: '' });
  },
);

test.serial(
  'a new OS that cannot reach its manager is not repaired for that, however often it starts',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    manager.answers = { ticket: await imagingOf(lab) };
    const first = await agent.start();
    await agent.line('restart for Merlin');
    await first.close();
    await repairDisk({ path: disk });
    agent.world.reboot();
    await manager.leave();
    for (let start = 0; start < 2; start++) {
      await lab.block({ osTries: 1 });
      const running = await agent.start();
      await agent.line('start of the OS noted');
      await running.close();
      t.like(await lab.block(), { osTries: 3, status: '0' });
    }
    await manager.comeBack();
    const last = await runToEnd(lab);
    await last.close();
    t.is(manager.state, 'done');
    t.like(await lab.block(), { osTries: undefined, status: '', cmdid: '' });
  },
);

test.serial(
  'a machine that cannot be told to start again has failed, and nothing is armed',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    manager.answers = { ticket: await imagingOf(lab) };
    const restart = async (): Promise<void> => {
      throw new NacreError('TOOL_MISSING', { program: 'systemctl' });
    };
    const running = await agent.start({ world: { ...agent.world, restart } });
    await agent.line('job ended', { state: 'failed' });
    await running.close();
    t.is(failureOf(lab)?.code, 'TOOL_MISSING');
    t.like(await lab.block(), { mode: 'os', cmdid: '', status: '' });
  },
);

test.serial('machines that the manager names are woken', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, agent } = lab;
  manager.answers = { wake: ['52:54:00:12:34:56'] };
  const running = await agent.start();
  await agent.line('magic packets sent');
  manager.answers = {};
  await running.close();
  t.is(agent.world.woken[0], '52:54:00:12:34:56');
});

test.serial('PI without the backup that it names arms nothing', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  lab.manager.answers = { ticket: lab.ticket({ commands: ['PI'] }), stores: [] };
  await runToEnd(lab);
  t.is(failureOf(lab)?.code, 'AGENT_BACKUP_NOT_READY');
  t.regex(failureOf(lab)?.message ?? '', /it holds lab@/);
});

test.serial(
  'PI is refused where the firmware starts the network first and lets itself be told nothing',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    const efiFolder = path.join(agent.files.folder, 'efi');
    const variables = path.join(efiFolder, 'efivars');
    mkdirSync(variables, { recursive: true });
    const put = (name: string, data: Uint8Array): void =>
      writeFileSync(
        path.join(variables, `${name}-8be4df61-93ca-11d2-aa0d-00e098032b8c`),
        variable(data),
      );
    put('BootOrder', numbers(1));
    put('Boot0001', networkEntry());
    manager.answers = { ticket: await imagingOf(lab) };
    const running = await agent.start({ efiFolder });
    await agent.line('job ended', { state: 'failed' });
    await running.close();
    t.is(failureOf(lab)?.code, 'AGENT_BOOT_ORDER');
    t.regex(failureOf(lab)?.message ?? '', /Boot0001 \(UEFI PXEv4/);
    t.is(agent.world.restarts(), 0);
    t.like(manager.checkIns[0]?.inventory.boot, { firmware: 'uefi', first: 'network' });
  },
);

test.serial(
  'the identity is kept beside what an administrator had kept, and follows the state',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    const { folder } = agent.files;
    const files = ['hostname', 'other'].map((name) => path.join(folder, '..', name));
    for (const file of files) writeFileSync(file, 'till-7\n');
    const [hostName = '', other = ''] = files;
    const source = { from: other, mode: 0o640, owner: 0, group: 0 };
    await changeKeptFiles(await findBackup({ path: disk }), [{ path: 'etc/other', ...source }]);
    manager.answers = { ticket: lab.ticket(), stores: lab.stores };
    const running = await agent.start({ places: { files: [hostName], program: undefined } });
    await agent.line('job ended', { state: 'done' });
    await running.close();
    using backup = await openBackupOf({ path: disk });
    const kept = await readKeptFiles(backup);
    t.deepEqual(kept.map((file) => path.basename(file.path)).sort(), [
      ...['agent.json', 'agent.toml', 'device-key.pem', 'hostname', 'other'],
    ]);
    const state = kept.find(({ path: name }) => name.endsWith('agent.json'));
    const copy = await backup.volume.read(`keep/${state?.sha256 ?? ''}`, 0, 65_536);
    t.like(JSON.parse(copy.subarray(0, state?.sizeBytes).toString()), {
      job: null,
      lastCounter: 1,
    });
    t.is(state?.mode, 0o600);
  },
);

test.serial(
  'a device whose OS runs from the disk is filled and armed through its partitions',
  async (t) => {
    if (!requires(t, 'root', 'losetup', 'partx')) return;
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    const loop = await attachLoop(t, disk);
    // Where nobody listens for new disks, the kernel is told.
    await runTool('partx', ['--add', loop], { accept: [0, 1] });
    // Held as a mounted OS partition is: the whole disk is not given away.
    using os = await openForWrite(`${loop}p2`);
    writeFileSync(agent.files.settings, `disk = '${loop}'\n`);
    manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
    const running = await agent.start();
    await agent.line('restart for Merlin');
    await running.close();
    os.close();
    t.like(await readImagingResult({ path: loop }), { cmdid: (await agent.state()).job?.id });
    t.true(
      (await generationsOf(loop)).some(({ id, isCurrent }) => isCurrent && id === lab.image.id),
    );
  },
);

test.serial('users are warned, and put the restart off as often as the job allows', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, agent } = lab;
  const notice = { countdownSeconds: 600, postpones: 1, postponeSeconds: 300 };
  manager.answers = { ticket: await imagingOf(lab, { notice }) };
  const restarted = agent.world.restarted();
  await t.throwsAsync(postpone(agent.noticeFolder, 'a'), { code: 'AGENT_NOTHING_TO_POSTPONE' });
  await agent.start();
  await manager.until(() => agent.world.said.length > 0);
  t.like(await readNotice(agent.noticeFolder), { seconds: 600, postponesLeft: 1 });
  await postpone(agent.noticeFolder, 'a');
  await manager.until(() => agent.world.said.length > 1);
  await t.throwsAsync(postpone(agent.noticeFolder, 'b'), { code: 'AGENT_NOTHING_TO_POSTPONE' });
  t.like((await agent.state()).job, { postpones: 1 });
  await restarted;
  t.is(await readNotice(agent.noticeFolder), undefined);
  t.regex(agent.world.said[0] ?? '', /600 s.*nacre agent postpone/);
  t.regex(agent.world.said.at(-1) ?? '', /10 s/);
  t.deepEqual(readdirSync(agent.noticeFolder), []);
});

/** Arms, and images as Merlin does; resolves when the machine would start its OS. */
const imageNow = async ({ agent, disk }: JobLab): Promise<void> => {
  const restarted = agent.world.restarted();
  const running = await agent.start();
  await restarted;
  await running.close();
  await repairDisk({ path: disk });
  agent.world.reboot();
};

test.serial(
  'an OS that does not pass its checks stays where no older generation is, and has failed with the check',
  async (t) => {
    const lab = await labOf(t, "health = [['false']]\n");
    if (lab === undefined) return;
    lab.manager.answers = { ticket: await imagingOf(lab) };
    await imageNow(lab);
    await runToEnd(lab);
    t.is(failureOf(lab)?.code, 'AGENT_HEALTH_FAILED');
    t.regex(failureOf(lab)?.message ?? '', /within 60 s: .*false.*; there is no older generation/);
    t.like(await readImagingResult({ path: lab.disk }), { status: '' });
    t.like(await lab.block(), { mode: 'os' });
  },
);

test.serial(
  'an OS that does not pass its checks gives way to the generation before, and the failure names both',
  async (t) => {
    const lab = await labOf(t, "health = [['false']]\n");
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    const older = (await ground)?.oldId ?? '';
    manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
    await imageNow(lab);
    const gone = agent.world.restarted();
    const second = await runToEnd(lab);
    await gone;
    await second.close();
    t.is(failureOf(lab)?.code, 'AGENT_HEALTH_FAILED');
    const wanted = `within 60 s: .*false.*; the device goes back to lab@${older.slice(0, 8)}`;
    t.regex(failureOf(lab)?.message ?? '', new RegExp(wanted));
    t.like(await lab.block(), { mode: 'merlin', cmdid: '', status: '', osTries: 3 });
    t.is((await repairDisk({ path: disk })).id, older);
    agent.world.reboot();
    manager.answers = {};
    const count = manager.reports.length;
    const third = await agent.start();
    await manager.until(() => manager.checkIns.at(-1)?.block?.status === '');
    await third.close();
    t.is(manager.reports.length, count, 'told once');
    t.is(manager.checkIns.at(-1)?.BackImageVer, older);
    t.is(agent.world.restarts(), 2);
  },
);

test.serial(
  'what the older OS finds knows that the job has failed, when the manager was away',
  async (t) => {
    const lab = await labOf(t, "health = [['false']]\n");
    if (lab === undefined) return;
    const { manager, agent, disk } = lab;
    manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
    await imageNow(lab);
    await manager.leave();
    const gone = agent.world.restarted();
    const running = await agent.start();
    await gone;
    await running.close();
    using backup = await openBackupOf({ path: disk });
    const state = (await readKeptFiles(backup)).find((file) => file.path.endsWith('agent.json'));
    const { offset, length } = await placeOfKept(backup, state as never);
    const kept = JSON.parse(peek(disk, backup.source.startBytes + offset, length).toString());
    t.like(kept.job, { state: 'failed', code: 'AGENT_HEALTH_FAILED' });
  },
);

test.serial(
  'a job whose image does not start makes the generation before it the one for repairs',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    const older = (await ground)?.oldId ?? '';
    manager.answers = { ticket: lab.ticket({ commands: ['BI', 'PI'] }), stores: lab.stores };
    const restarted = agent.world.restarted();
    const first = await agent.start();
    await restarted;
    await first.close();
    await lab.block({ mode: 'os', status: 'failed:OS_START_NOT_FOUND' });
    agent.world.reboot();
    const second = await runToEnd(lab);
    await manager.until(() => manager.checkIns.at(-1)?.BackImageVer === older);
    await second.close();
    t.is(failureOf(lab)?.code, 'OS_START_NOT_FOUND');
    const text = `lab@${lab.image.id.slice(0, 8)} did not start; .* put lab@${older.slice(0, 8)} back`;
    t.regex(failureOf(lab)?.message ?? '', new RegExp(text));
  },
);

test.serial(
  'a manager that signs jobs with another key later is not obeyed, and status says so',
  async (t) => {
    const lab = await labOf(t);
    if (lab === undefined) return;
    const { manager, agent } = lab;
    const running = await agent.start();
    await manager.until(() => manager.checkIns.length > 1);
    const known = (await agent.state()).jobKey;
    manager.jobKey = makeJobKey();
    manager.answers = {
      ticket: makeTicket(manager.jobKey, { device: agent.fingerprint, image: lab.image }),
      stores: lab.stores,
    };
    const count = manager.checkIns.length;
    await manager.until(() => manager.checkIns.length > count + 2);
    await running.close();
    t.like(await agent.state(), { jobKey: known, job: null, lastCounter: 0 });
    t.like(await readAgentStatus(agent.files), { problem: { code: 'AGENT_JOBS_KEY' } });
    t.deepEqual(manager.reports, []);
  },
);

test.serial('a device that is held stops what can be stopped, and obeys no ticket', async (t) => {
  const lab = await labOf(t);
  if (lab === undefined) return;
  const { manager, agent } = lab;
  manager.answers = { state: 'held', ticket: lab.ticket(), stores: lab.stores };
  const running = await agent.start();
  await manager.until(() => manager.checkIns.length > 2);
  await running.close();
  t.like(await agent.state(), { admission: 'held', job: null });
  t.like(await readAgentStatus(agent.files), {
    disk: lab.disk,
    backup: { generations: [{ isCurrent: true }] },
  });
  t.false(readFileSync(agent.files.status, 'utf8').includes('PRIVATE'));
});
