import { readEnrolment } from '../../../src/job/enrolment.ts';
import { signMessage } from '../../../src/job/signed-message.ts';
import { answerCheckIn } from '../../../src/manager/agents/check-in.ts';
import { decideDevice } from '../../../src/manager/devices/decide.ts';
import { readDevice } from '../../../src/manager/devices/device.ts';
import { enrolDevice } from '../../../src/manager/devices/enrol.ts';
import { type Ground, MANAGER } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import { TEST_PIN as PIN, testDesk } from '../../helpers/job-lab.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import type { Case } from './suite.ts';

const ENDS = { address: '192.0.2.7' };

const enrol = async (ground: Ground, agent: SpeakingAgent, isApproved = true) => {
  const statement = readEnrolment(agent.enrolment(), PIN);
  const { id } = await enrolDevice(ground, statement, ENDS.address);
  if (isApproved) await decideDevice(ground, MANAGER, id, 'approve');
  return id;
};

export const AGENT_CASES: readonly Case[] = [
  {
    title: 'a check-in tells the state of the device, and what it said of its backup is kept',
    check: async (t, { ground }) => {
      const desk = testDesk(ground);
      const agent = new SpeakingAgent(PIN, 'pc-1');
      await t.throwsAsync(answerCheckIn(desk, agent.checkIn(), ENDS), {
        code: 'MANAGER_DEVICE_UNKNOWN',
        message: new RegExp(agent.fingerprint.slice(0, 16)),
      });
      const id = await enrol(ground, agent, false);
      t.like(await answerCheckIn(desk, agent.checkIn(), ENDS), {
        ...{ state: 'pending', nextSeconds: 30, ticket: null },
        jobKey: desk.jobKey,
      });
      await decideDevice(ground, MANAGER, id, 'approve');
      const version = 'c3'.repeat(32);
      const said = agent.checkIn({
        hints: { name: 'pc-1', serial: 'ABC1234', macs: ['52:54:00:00:00:01'] },
        ...{ BackupImagePresent: 1, BackImageVer: version },
      });
      t.like(await answerCheckIn(desk, said, ENDS), {
        state: 'approved',
        nextSeconds: 1,
        waitSeconds: 50,
      });
      t.like(await readDevice(ground, id), {
        ...{ supportImgBackup: true, backupImagePresent: true, backImageVer: version },
        ...{ serial: 'ABC1234', macs: ['52:54:00:00:00:01'] },
      });
      await decideDevice(ground, MANAGER, id, 'revoke');
      const revoked = await answerCheckIn(desk, agent.checkIn({ BackImageVer: '' }), ENDS);
      t.is(revoked.state, 'revoked');
      t.is((await readDevice(ground, id)).backImageVer, version);
    },
  },
  {
    title: 'a check-in is taken once: it comes again with the same bytes, and not with others',
    check: async (t, { ground }) => {
      const desk = testDesk(ground);
      const agent = new SpeakingAgent(PIN, 'pc-1');
      await enrol(ground, agent);
      const [first, second] = [agent.checkIn(), agent.checkIn()];
      t.is((await answerCheckIn(desk, first, ENDS)).state, 'approved');
      t.is((await answerCheckIn(desk, first, ENDS)).state, 'approved');
      t.is((await answerCheckIn(desk, second, ENDS)).state, 'approved');
      const old = { code: 'AGENT_MESSAGE_OLD' };
      await t.throwsAsync(answerCheckIn(desk, first, ENDS), old);
      const other: unknown = { ...JSON.parse(second.text), BackupImagePresent: 1 };
      await t.throwsAsync(answerCheckIn(desk, signMessage(agent.privatePem, other), ENDS), old);
      agent.startAgain();
      t.is((await answerCheckIn(desk, agent.checkIn(), ENDS)).state, 'approved');
      await t.throwsAsync(answerCheckIn(desk, second, ENDS), {
        ...old,
        message: /this run ended with 2/,
      });
      const { items } = await readAudit(ground, { action: 'agent.refused' }, { limit: 9 });
      t.is(items.length, 1, 'once a minute');
    },
  },
  {
    title: 'two machines with one key are found out, and held until only one of them is left',
    check: async (t, { ground }) => {
      const desk = testDesk(ground);
      const agent = new SpeakingAgent(PIN, 'pc-1');
      const id = await enrol(ground, agent);
      const clone = agent.clone();
      await answerCheckIn(desk, agent.checkIn(), ENDS);
      t.is((await answerCheckIn(desk, clone.checkIn(), ENDS)).state, 'approved', 'or a new start');
      t.is((await answerCheckIn(desk, agent.checkIn(), ENDS)).state, 'held');
      t.is((await answerCheckIn(desk, clone.checkIn(), ENDS)).state, 'held');
      t.like(await readDevice(ground, id), {
        state: 'held',
        conflicts: [{ device: id, hint: 'key', value: agent.fingerprint }],
      });
      const { items } = await readAudit(ground, { subject: id }, { limit: 2 });
      t.deepEqual(
        items.map(({ action }) => action),
        ['device.hold', 'device.same-key'],
      );
      await answerCheckIn(desk, agent.checkIn(), ENDS);
      await decideDevice(ground, MANAGER, id, 'approve');
      t.is((await answerCheckIn(desk, agent.checkIn(), ENDS)).state, 'approved');
      t.is((await readDevice(ground, id)).conflicts.length, 0);
      t.is((await answerCheckIn(desk, clone.checkIn(), ENDS)).state, 'held');
    },
  },
  {
    title: 'what is not signed by the key in it, not for this manager, or no check-in is refused',
    check: async (t, { ground }) => {
      let nowMs = 0;
      const desk = testDesk(ground, () => nowMs);
      const agent = new SpeakingAgent(PIN, 'pc-1');
      await enrol(ground, agent);
      const signed = agent.checkIn();
      const refused = { code: 'AGENT_MESSAGE_REFUSED' };
      const other = new SpeakingAgent('cd'.repeat(32), 'pc-1', agent.privatePem).checkIn();
      const report = agent.report({ job: 'a1'.repeat(16), attempt: 1, event: 'finish' });
      const forged = { ...signed, text: signed.text.replace('ACME-0001', 'ACME-0002') };
      const bare = signMessage(agent.privatePem, { key: agent.key });
      for (const wrong of [other, report, forged, bare, { ...signed, text: '{' }])
        await t.throwsAsync(answerCheckIn(desk, wrong, ENDS), refused);
      for (let count = 0; count < 16; count += 1)
        await t.throwsAsync(answerCheckIn(desk, forged, ENDS), refused);
      await t.throwsAsync(answerCheckIn(desk, signed, ENDS), { code: 'MANAGER_OVERLOADED' });
      t.is((await answerCheckIn(desk, signed, { address: '192.0.2.8' })).state, 'approved');
      nowMs += 10_000;
      t.is((await answerCheckIn(desk, agent.checkIn(), ENDS)).state, 'approved');
    },
  },
];
