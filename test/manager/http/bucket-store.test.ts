/** A manager whose repository is a bucket; test/long/s3-manager.test.ts has a real object store behind it. */
import path from 'node:path';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { openMirroredStore, openStore } from '../../../src/image/store/store.ts';
import { checkInAnswerShape } from '../../../src/job/agent-protocol.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { openManagerLab } from '../../helpers/manager-lab.ts';
import { refuse, serveBucket } from '../../helpers/s3-server.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('packages come from a bucket, and a device reads it through the manager', async (t) => {
  const bucket = await serveBucket(t);
  const s3 = bucket.settings;
  const folder = await temporaryFolder(t);
  const source = await openStore(path.join(folder, 'images'), { create: true });
  const { id } = await publishLetters(source, 'lab-pc', 'abcd');
  await source.pushTo('s3://test/lab', { s3 });
  const lab = await openManagerLab(t, { imageStore: 's3://test/lab', s3 });
  const { json } = await lab.admin('GET', '/api/v1/packages');
  t.like(json, { items: [{ name: 'lab-pc', latest: id }] });
  const agent = new SpeakingAgent(lab.service.pin.replace('sha256:', ''), 'pc-1');
  const enrolled = await lab.ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const state = { body: { state: 'approved' } };
  await lab.admin('PUT', `/api/v1/devices/${enrolled.json['id']}/state`, state);
  const headers = { host: `127.0.0.1:${lab.service.port}` };
  const answer = await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn(), headers });
  const [place] = checkInAnswerShape.parse(answer.json).stores;
  const read = await openMirroredStore([{ url: place?.url ?? '', keys: [place?.pin ?? ''] }]);
  t.deepEqual((await read.check({ deep: true })).problems, []);
  t.is((await read.resolve('lab-pc')).id, id);
  // A bucket that refuses is a failure of ours, and not a file that is missing.
  bucket.fault = (_, response) => refuse(response, 403, 'AccessDenied');
  const asked = await lab.ask('GET', new URL('nacre-images.json', place?.url).pathname);
  t.is(asked.status, 500);
  bucket.fault = undefined;
  bucket.objects.delete('lab/nacre-images.json');
  t.is((await lab.ask('GET', new URL('nacre-images.json', place?.url).pathname)).status, 404);
  t.notRegex(JSON.stringify(lab.lines), /hush-hush/);
});

test('a manager does not start with settings of a bucket that cannot be right', async (t) => {
  for (const s3 of [
    { endpoint: 'https://s3.example', devices: 'direct' },
    { endpoint: 'http://s3.example', devices: 'redirect' },
    { endpoint: 'nothing' },
  ]) {
    const error = await t.throwsAsync(openManagerLab(t, { imageStore: 's3://test/lab', s3 }));
    t.true(isNacreError(error, 'STORE_S3_SETTING'), String(error));
  }
});
