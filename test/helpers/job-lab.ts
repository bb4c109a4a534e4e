/** Jobs on a data base of a test's own: a package, devices with agents, a clock that the test moves. */
import { generateKeyPairSync } from 'node:crypto';
import type { CheckInAnswer, Report } from '../../src/job/agent-protocol.ts';
import { readEnrolment } from '../../src/job/enrolment.ts';
import { type JobTicket, readTicket } from '../../src/job/job-ticket.ts';
import type { AgentDesk } from '../../src/manager/agents/agent-desk.ts';
import { answerCheckIn } from '../../src/manager/agents/check-in.ts';
import { openDesk } from '../../src/manager/agents/open-desk.ts';
import { answerReport } from '../../src/manager/agents/report.ts';
import { decideDevice } from '../../src/manager/devices/decide.ts';
import { enrolDevice } from '../../src/manager/devices/enrol.ts';
import { type Actor, type Ground, MANAGER } from '../../src/manager/ground.ts';
import { tickOf } from '../../src/manager/jobs/dispatcher.ts';
import { type JobOrder, type MadeJobs, makeJobs } from '../../src/manager/jobs/make-jobs.ts';
import { readJob } from '../../src/manager/jobs/read-jobs.ts';
import {
  addPackageRow,
  putImageRow,
  putVersionRow,
  setLabels,
} from '../../src/manager/store/package-rows.ts';
import { collectingLog } from './service-log.ts';
import { type CheckInChange, SpeakingAgent } from './speaking-agent.ts';

export const TEST_PIN = 'ab'.repeat(32);
export const VERSION = 'c3'.repeat(32);
export const STORED_BYTES = 3_000_000;
export const KIM: Actor = { kind: 'user', name: 'kim', address: '192.0.2.1' };

const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const JOBS_PEM = pem();

/** What agents speak to. */
export const testDesk = (ground: Ground, elapsedMs = (): number => 0): AgentDesk =>
  openDesk({
    ...{ ground, pin: TEST_PIN, jobsPem: JOBS_PEM, imageStore: '/nowhere', elapsedMs },
    log: collectingLog().log,
  });

/** A package that is Autogenic Capable, with one version. */
export const addTestPackage = (ground: Ground, isAutogenic = true): Promise<void> =>
  ground.store.change(async (db) => {
    const name = 'lab-pc';
    await putImageRow(db, { name, title: '', latest_id: VERSION, stored_bytes: STORED_BYTES });
    await putVersionRow(db, {
      ...{ image_name: name, id: VERSION, parent_id: null, comment: '' },
      ...{ created_at: '2026-12-01T00:00:00.000Z', disk_bytes: 8e9, used_bytes: 5e9 },
      stored_bytes: STORED_BYTES,
    });
    await setLabels(db, name, [{ image_name: name, label: 'latest', version_id: VERSION }]);
    await addPackageRow(db, {
      ...{ name, type: 'Merlin', number: '1', description: '', os: '', category: '' },
      ...{ is_autogenic: isAutogenic ? 1 : 0, created_at: '2026-12-01T00:00:00.000Z' },
    });
  });

/** A generation as a device has it that read it back. */
export const BACKUP: CheckInChange = {
  ...{ BackupImagePresent: 1, BackImageVer: VERSION },
  backup: {
    ...{ sizeBytes: 4e9, freeBytes: 1e9 },
    generations: [
      {
        image: { name: 'lab-pc', id: VERSION },
        ...{ isComplete: true, isVerified: true, sizeBytes: STORED_BYTES },
      },
    ],
  },
};

/** A device with its agent. */
export interface LabDevice {
  readonly id: string;
  readonly agent: SpeakingAgent;
  readonly checkIn: (change?: CheckInChange) => Promise<CheckInAnswer>;
  /** The ticket of an answer, looked at as the device does. */
  readonly ticketOf: (answer: CheckInAnswer) => JobTicket;
  readonly report: (
    job: string,
    event: Report['event'],
    more?: Partial<Report>,
  ) => Promise<Report['event'] | string>;
}

export interface JobLab {
  readonly ground: Ground;
  readonly desk: AgentDesk;
  readonly device: (name: string, address?: string) => Promise<LabDevice>;
  /** Seconds go by. */
  readonly pass: (seconds: number) => void;
  readonly tick: () => Promise<void>;
  readonly make: (order?: Partial<JobOrder>) => Promise<MadeJobs>;
  readonly stateOf: (job: string) => Promise<string>;
}

export const ALL = { devices: [], groups: [], tags: [], isAll: true } as const;

/** @param startMs when the story begins, milliseconds since 1970 */
export const openJobLab = async (
  base: Ground,
  startMs = Date.UTC(2026, 11, 1, 10),
): Promise<JobLab> => {
  let nowMs = startMs;
  const ground: Ground = { ...base, now: () => new Date(nowMs) };
  const desk = testDesk(ground, () => nowMs);
  await addTestPackage(ground);
  const device = async (name: string, address = '192.0.2.7'): Promise<LabDevice> => {
    const agent = new SpeakingAgent(TEST_PIN, name);
    const ends = { address, host: 'manager.example:30806' };
    const { id } = await enrolDevice(ground, readEnrolment(agent.enrolment(), TEST_PIN), address);
    await decideDevice(ground, MANAGER, id, 'approve');
    const checkIn = (change: CheckInChange = {}): Promise<CheckInAnswer> =>
      answerCheckIn(desk, agent.checkIn(change), ends);
    return {
      ...{ id, agent, checkIn },
      ticketOf: ({ ticket }) => {
        if (ticket === null) throw new Error(`no ticket for ${name}`);
        const check = { managerKey: desk.jobKey, device: agent.fingerprint, lastCounter: 0 };
        return readTicket(ticket, { ...check, now: ground.now() });
      },
      report: async (job, event, more = {}) =>
        (await answerReport(desk, agent.report({ job, attempt: 1, event, ...more }), ends)).state,
    };
  };
  return {
    ...{ ground, desk, device, tick: tickOf(ground) },
    pass: (seconds) => {
      nowMs += seconds * 1000;
    },
    make: (order = {}) =>
      makeJobs(ground, KIM, {
        ...{ image: 'lab-pc', kind: 'bi', selection: ALL, healthSeconds: 600, mostAttempts: 3 },
        ...order,
      }),
    stateOf: async (job) => (await readJob(ground, job)).state,
  };
};
