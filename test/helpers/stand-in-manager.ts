/** What an agent talks to in tests of the agent alone: the protocol of a manager, with answers that the test decides. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import {
  type CheckIn,
  type CheckInAnswer,
  checkInShape,
  type Report,
  reportShape,
} from '../../src/job/agent-protocol.ts';
import { readEnrolment } from '../../src/job/enrolment.ts';
import { type JobState, next } from '../../src/job/job-states.ts';
import { type JobTicket, signTicket } from '../../src/job/job-ticket.ts';
import { isSignedBy, keyTextOf, type Signed, signedShape } from '../../src/job/signed-message.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

export const makeJobKey = (): string =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

type Answers = Partial<CheckInAnswer>;

export interface StandInManager {
  readonly url: string;
  /** 64 hex digits. */
  readonly pin: string;
  readonly checkIns: readonly CheckIn[];
  readonly reports: readonly Report[];
  /** What it does to the next requests, instead of answering. */
  fault: ((path: string, response: ServerResponse) => boolean) | undefined;
  /** What the next check-ins are answered with. */
  answers: Answers;
  /** Of the reports, where the manager has another one than the last report says. */
  cancel: string | null;
  /** Key for jobs, private. */
  jobKey: string;
  state: JobState;
  /** Milliseconds of its clock, from the real one. */
  aheadMs: number;
  /** A ticket for a device, by its fingerprint. */
  readonly ticket: (about: Pick<JobTicket, 'device' | 'image'> & Partial<JobTicket>) => Signed;
  /** Resolves when what was said fits. */
  readonly until: (holds: () => boolean) => Promise<void>;
  /** Takes no connection, and breaks those off that are there. */
  readonly leave: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
}

const readText = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
};

export const makeTicket = (
  jobKey: string,
  about: Pick<JobTicket, 'device' | 'image'> & Partial<JobTicket>,
): Signed =>
  signTicket(jobKey, {
    ...{ job: randomBytes(16).toString('hex'), attempt: 1, commands: ['BI'], counter: 1 },
    issuedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...{ limitBytesPerSecond: null, notice: null, healthSeconds: 60 },
    ...about,
  });

class Lab {
  readonly checkIns: CheckIn[] = [];
  readonly reports: Report[] = [];
  fault: StandInManager['fault'];
  answers: Answers = {};
  cancel: string | null = null;
  jobKey = makeJobKey();
  state: JobState = 'sent';
  aheadMs = 0;
  pin = '';
  #wakers: (() => void)[] = [];

  get now(): string {
    return new Date(Date.now() + this.aheadMs).toISOString();
  }

  wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
      });
  }

  checkIn(signed: Signed): CheckInAnswer {
    const message = checkInShape.parse(JSON.parse(signed.text));
    if (!isSignedBy(signed, message.key) || message.pin !== this.pin) throw new Error('not signed');
    this.checkIns.push(message);
    return {
      ...{ now: this.now, state: 'approved', jobKey: keyTextOf(this.jobKey), nextSeconds: 1 },
      ...{ waitSeconds: 0, ticket: null, cancel: null, stores: [], wake: [], note: '' },
      ...this.answers,
    };
  }

  report(signed: Signed): object {
    const message = reportShape.parse(JSON.parse(signed.text));
    if (!isSignedBy(signed, message.key) || message.pin !== this.pin) throw new Error('not signed');
    this.reports.push(message);
    if (message.event !== null) this.state = next(this.state, message.event) ?? this.state;
    return { now: this.now, state: this.state, cancel: this.cancel };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const signed = signedShape.parse(JSON.parse(await readText(request)));
    if (this.fault?.(path, response) === true) return;
    const value = path.endsWith('/checkin')
      ? this.checkIn(signed)
      : path.endsWith('/report')
        ? this.report(signed)
        : { id: 'one', state: 'pending', ...readEnrolment(signed, this.pin) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    this.wake();
  }
}

/** Starts one that ends with the test. */
export const startStandInManager = async (
  t: Owner,
  certificate?: Certificate,
): Promise<StandInManager> => {
  const { key, cert, pin } = certificate ?? makeCertificate(await temporaryFolder(t), 'manager');
  const lab = new Lab();
  lab.pin = pin.replace('sha256:', '');
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert }, (request, response) => {
    lab.answer(request, response).catch((reason: unknown) => {
      response.writeHead(400).end(JSON.stringify({ code: 'X', reason: String(reason) }));
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const port = await listen(0);
  const leave = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  t.teardown(() => (server.listening ? leave() : undefined));
  return Object.assign(lab, {
    url: `https://127.0.0.1:${port}`,
    ticket: (about: Parameters<StandInManager['ticket']>[0]) => makeTicket(lab.jobKey, about),
    leave,
    comeBack: async () => {
      await listen(port);
    },
  });
};
