/** A manager that ends between any two states of a job, and another one that goes on on the same folder. */
import path from 'node:path';
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { BUILD_FOLDER } from '../../../src/disk/build-folder.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { checkInAnswerShape } from '../../../src/job/agent-protocol.ts';
import type { DeviceJobEvent } from '../../../src/job/job-states.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { type ManagerLab, openManagerLab } from '../../helpers/manager-lab.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const EVENTS: readonly DeviceJobEvent[] = [
  ...(['download', 'back-up', 'arm', 'image', 'verify', 'start-os', 'finish'] as const),
];

test('a manager that ends at each state of a job loses none and runs none twice', async (t) => {
  const folder = await temporaryFolder(t);
  await publishLetters(
    await openStore(path.join(folder, 'store'), { create: true }),
    'lab-pc',
    'abcd',
  );
  let lab: ManagerLab = await openManagerLab(t, { dataFolder: folder });
  const { admin } = lab;
  await admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
  const agent = new SpeakingAgent(lab.service.pin.replace('sha256:', ''), 'pc-1');
  const { json } = await lab.ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const state = { body: { state: 'approved' } };
  await admin('PUT', `/api/v1/devices/${json['id']}/state`, state);
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn() });
  const body = { image: 'lab-pc', kind: 'bi-pi', selection: { isAll: true } };
  const made = await admin('POST', '/api/v1/jobs', { body });
  const job = /[0-9a-f]{32}/.exec(JSON.stringify(made.json['jobs']))?.[0] ?? '';

  const restart = async (): Promise<void> => {
    await lab.service.close();
    lab = await openManagerLab(t, { dataFolder: folder });
  };
  const tickets = new Set<string>();
  const ask = async (inHand: Parameters<typeof agent.checkIn>[0] = {}): Promise<void> => {
    const message = { body: agent.checkIn({ waitSeconds: 10, ...inHand }) };
    const { json: answer } = await lab.ask('POST', '/device/v1/checkin', message);
    const { ticket } = checkInAnswerShape.parse(answer);
    if (ticket !== null) tickets.add(ticket.text);
  };
  await restart();
  while (tickets.size === 0) await ask();
  await restart();
  // Its answer was lost: the same ticket.
  await ask();
  t.is(tickets.size, 1);
  for (const event of EVENTS) {
    const report = agent.report({ job, attempt: 1, event });
    const first = await lab.ask('POST', '/device/v1/report', { body: report });
    await restart();
    // The answer was lost with the manager: the agent says it again.
    const again = await lab.ask('POST', '/device/v1/report', { body: report });
    t.is(again.json['state'], first.json['state'], event);
  }
  await ask({ waitSeconds: 0 });
  t.is(tickets.size, 1, 'a job that is done is not given out');
  const file = path.join(folder, 'manager', 'manager.sqlite');
  const db = new Sqlite(file, { nativeBinding: path.join(BUILD_FOLDER, 'sqlite/better_sqlite3') });
  const rows = db.prepare('select to_state from job_event order by number').pluck().all();
  db.close();
  t.deepEqual(rows, [
    ...['planned', 'queued', 'sent', 'downloading', 'backed-up', 'armed'],
    ...['imaging', 'verifying', 'first-boot', 'done'],
  ]);
});
