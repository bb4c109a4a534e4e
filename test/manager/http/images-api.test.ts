/** Versions, labels, bin and space over the wire, with roles, audit, and refusals that name who uses a version. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { type ManagerLab, openManagerLab } from '../../helpers/manager-lab.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

interface Place {
  readonly lab: ManagerLab;
  readonly images: ImageStore;
  /** Oldest first. */
  readonly ids: readonly string[];
}

const LAB_PC = '/api/v1/images/lab-pc';

/** A manager with three versions of an image. */
const openPlace = async (t: ExecutionContext): Promise<Place> => {
  const folder = await temporaryFolder(t);
  const images = await openStore(path.join(folder, 'store'), { create: true });
  const ids: string[] = [];
  for (const letters of ['ABCD', 'ABCX', 'ABYX']) {
    ids.push((await publishLetters(images, 'lab-pc', letters, { comment: `版 ${letters}` })).id);
  }
  return { lab: await openManagerLab(t, { dataFolder: folder }), images, ids };
};

const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value : [];

/** Actions of the audit, the newest first. */
const actions = async ({ admin }: ManagerLab): Promise<readonly unknown[]> =>
  list((await admin('GET', '/api/v1/audit')).json['items']).map(({ action }) => action);

/** A device that has checked in with a version in its backup partition. */
const holder = async (lab: ManagerLab, version: string): Promise<SpeakingAgent> => {
  const agent = new SpeakingAgent(lab.service.pin.replace('sha256:', ''), 'pc-1');
  const { json } = await lab.ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const state = { body: { state: 'approved' } };
  await lab.admin('PUT', `/api/v1/devices/${json['id']}/state`, state);
  const image = { name: 'lab-pc', id: version };
  const generations = [{ image, isComplete: true, isVerified: true, sizeBytes: 9 }];
  const backup = { sizeBytes: 4e9, freeBytes: 1e9, generations };
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn({ backup }) });
  return agent;
};

test('the version tree shows parent, bytes changed, labels, comment and what uses a version', async (t) => {
  const { lab, ids } = await openPlace(t);
  await holder(lab, ids[1] ?? '');
  const viewer = await lab.userWith('viewer');
  const { json, status } = await viewer.ask('GET', `${LAB_PC}/versions`);
  t.is(status, 200);
  const versions = list(json['versions']);
  t.deepEqual(
    versions.map(({ id }) => id),
    [...ids],
  );
  t.like(versions[1], {
    ...{ parent: ids[0], parentState: 'here', comment: '版 ABCX', creator: 'test', terminal: null },
    ...{ changedChunks: 1, changedBytes: 65_536, labels: [], removedAt: null },
    usedBy: { devices: ['pc-1'], groups: [], jobs: [] },
  });
  t.like(versions[2], { labels: ['latest'], usedBy: { devices: [] } });
  t.is((await viewer.ask('GET', '/api/v1/images/none/versions')).status, 404);
  t.is((await lab.ask('GET', `${LAB_PC}/versions`)).status, 401);
});

test('labels are moved and rolled back by operators, with history and audit', async (t) => {
  const { lab, ids } = await openPlace(t);
  const [viewer, operator] = [await lab.userWith('viewer'), await lab.userWith('operator')];
  const move = (version: unknown) =>
    operator.ask('PUT', `${LAB_PC}/labels/stable`, { body: { version } });
  t.is(
    (await viewer.ask('PUT', `${LAB_PC}/labels/stable`, { body: { version: ids[0] } })).status,
    403,
  );
  t.like(await move(ids[0]), { status: 200, json: { id: ids[0], labels: ['stable'] } });
  t.is((await move(ids[1]?.slice(0, 8))).status, 200);
  t.is((await move('00000000')).status, 404);
  t.is((await move('x')).status, 400);
  const back = () => operator.ask('POST', `${LAB_PC}/labels/stable/rollbacks`);
  t.is((await viewer.ask('POST', `${LAB_PC}/labels/stable/rollbacks`)).status, 403);
  t.like(await back(), { status: 200, json: { id: ids[0] } });
  t.like(await back(), { status: 409, json: { code: 'IMAGE_NO_EARLIER' } });
  const labels = list((await viewer.ask('GET', `${LAB_PC}/labels`)).json['labels']);
  t.is(list(labels.find(({ label }) => label === 'stable')?.['history']).length, 3);
  // The tables follow at once.
  const { json } = await viewer.ask('GET', '/api/v1/packages/lab-pc');
  t.deepEqual(list(json['versions'])[0]?.['labels'], ['stable']);
  t.deepEqual((await actions(lab)).slice(0, 3), ['image.rollback', 'image.label', 'image.label']);
});

test('a version that a device or a job uses is not removed, and they are named', async (t) => {
  const { lab, ids } = await openPlace(t);
  const agent = await holder(lab, ids[1] ?? '');
  const operator = await lab.userWith('operator');
  const remove = (index: number) => operator.ask('DELETE', `${LAB_PC}/versions/${ids[index]}`);
  t.like(await remove(1), { status: 409, json: { code: 'MANAGER_IN_USE' } });
  t.regex((await remove(1)).text, /version lab-pc@.{8} is in use: device pc-1/);
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn() });
  await lab.admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
  const order = { image: `lab-pc@${ids[2]}`, kind: 'bi', selection: { isAll: true } };
  const made = await lab.admin('POST', '/api/v1/jobs', { body: order });
  const job = String(list(made.json['jobs'])[0]?.['id']);
  t.regex((await remove(2)).text, new RegExp(`in use: job ${job.slice(0, 8)}`));
  t.is((await remove(1)).status, 204);
  t.is((await remove(1)).status, 409);
  const { json } = await operator.ask('GET', `${LAB_PC}/versions?bin=true`);
  t.deepEqual(
    list(json['versions']).map(({ removedAt, parentState }) => [removedAt === null, parentState]),
    [
      [true, null],
      [false, 'here'],
      [true, 'bin'],
    ],
  );
  // While the bin is emptied what came to be used again is kept.
  await holderAgain(lab, agent, ids[1] ?? '');
  t.like(await lab.admin('DELETE', '/api/v1/image-bin'), { status: 409 });
});

/** The same device says again what it holds. */
const holderAgain = async (lab: ManagerLab, agent: SpeakingAgent, version: string) => {
  const image = { name: 'lab-pc', id: version };
  const generations = [{ image, isComplete: true, isVerified: true, sizeBytes: 9 }];
  const backup = { sizeBytes: 4e9, freeBytes: 1e9, generations };
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn({ backup }) });
};

test('the bin gives back, is emptied by administrators, and a collection frees its space', async (t) => {
  const { lab, images, ids } = await openPlace(t);
  const operator = await lab.userWith('operator');
  t.is((await operator.ask('DELETE', `${LAB_PC}/versions/${ids[0]}`)).status, 204);
  const bin = list((await operator.ask('GET', '/api/v1/image-bin')).json['versions']);
  t.like(bin, [{ name: 'lab-pc', id: ids[0] }]);
  const body = { image: `lab-pc@${ids[0]}` };
  t.like(await operator.ask('POST', '/api/v1/image-bin/restores', { body }), { status: 200 });
  t.is((await operator.ask('POST', '/api/v1/image-bin/restores', { body })).status, 404);
  for (const index of [0, 2]) await operator.ask('DELETE', `${LAB_PC}/versions/${ids[index]}`);
  t.is((await operator.ask('DELETE', '/api/v1/image-bin')).status, 403);
  t.like(await lab.admin('DELETE', '/api/v1/image-bin'), { json: { droppedVersions: 2 } });
  const { json } = await operator.ask('GET', '/api/v1/image-space');
  t.like(json, { unneededBytes: 2 * 65_536, binBytes: 0, images: [{ name: 'lab-pc' }] });
  t.is((await operator.ask('POST', '/api/v1/image-collections', { body: {} })).status, 403);
  const planned = await lab.admin('POST', '/api/v1/image-collections', { body: { dryRun: true } });
  t.is(planned.json['freedBytes'], json['gcBytes']);
  const done = await lab.admin('POST', '/api/v1/image-collections', { body: {} });
  t.like(done.json, { deletedVersions: 2, freedBytes: Number(json['gcBytes']) });
  t.is((await images.verify(ids[1] ?? '')).checkedChunks, 4);
  t.deepEqual((await actions(lab)).slice(0, 2), ['store.gc', 'bin.empty']);
});

test('a branch is a package of its own, and versions are compared', async (t) => {
  const { lab, ids } = await openPlace(t);
  const [viewer, operator] = [await lab.userWith('viewer'), await lab.userWith('operator')];
  const body = { name: 'kiosk', from: `lab-pc@${ids[1]}`, title: 'キオスク' };
  t.is((await viewer.ask('POST', '/api/v1/images', { body })).status, 403);
  t.like(await operator.ask('POST', '/api/v1/images', { body }), {
    status: 201,
    json: { name: 'kiosk', parent: ids[1] },
  });
  t.like(await operator.ask('POST', '/api/v1/images', { body }), {
    status: 409,
    json: { code: 'IMAGE_EXISTS' },
  });
  t.like((await viewer.ask('GET', '/api/v1/packages/kiosk')).json, { title: 'キオスク' });
  const { json } = await viewer.ask('GET', '/api/v1/images/kiosk/versions');
  t.like(list(json['versions'])[0], {
    parentImage: 'lab-pc',
    changedBytes: 0,
  });
  const query = `from=lab-pc@${ids[0]}&to=kiosk`;
  t.like(await viewer.ask('GET', `/api/v1/image-differences?${query}`), {
    status: 200,
    json: { chunks: 1, bytes: 65_536 },
  });
  const files = await viewer.ask('GET', `/api/v1/image-differences?${query}&files=true`);
  t.like(files, { status: 200, json: { files: { partitions: [{ isCompared: false }] } } });
  t.is((await viewer.ask('GET', `/api/v1/image-differences?from=lab-pc&to=none`)).status, 404);
});
