/** A boot service on a free port of this machine, with small contents, for tests of its answers. */
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { ExecutionContext } from 'ava';
import { memoryContent, typeOf } from '../../src/job/serving/http-content.ts';
import type { AnsweredRequest, FindContent } from '../../src/job/serving/http-handler.ts';
import {
  type BootHttp,
  type BootHttpOptions,
  startBootHttp,
} from '../../src/pxe/http/boot-http.ts';
import { collectingLog, type LogLine } from './service-log.ts';

/** 3 MiB and a few bytes, in three pieces: more than one write. */
export const INITRD = Buffer.from(
  Uint8Array.from({ length: 3 * 2 ** 20 + 17 }, (_, index) => (index * 7) ^ (index >> 8)),
);

const CONTENTS: Readonly<Record<string, readonly Uint8Array[]>> = {
  vmlinuz: [Buffer.from('kernel')],
  'initrd.pxe': [
    INITRD.subarray(0, 5),
    INITRD.subarray(5, 2 ** 20 + 5),
    INITRD.subarray(2 ** 20 + 5),
  ],
  'local-disk.efi': [Buffer.from('MZ')],
  empty: [],
};

export const testFiles: FindContent = (name) => {
  const pieces = Object.hasOwn(CONTENTS, name) ? CONTENTS[name] : undefined;
  return pieces && memoryContent(pieces, typeOf(name), `tag-${name}`);
};

export interface TestService {
  readonly service: BootHttp;
  readonly url: string;
  readonly lines: readonly LogLine[];
  /** Answers that have ended. */
  readonly requests: readonly AnsweredRequest[];
  /** Waits until so many answers have ended. */
  readonly untilAnswered: (count: number) => Promise<void>;
}

/** On a busy machine everything takes long; tests of a time-out set their own. */
const PATIENT = { requestMs: 600_000, idleMs: 600_000, keepAliveMs: 600_000 };

/** Starts a service that ends with the test. */
export const testService = async (
  t: ExecutionContext,
  options: Partial<BootHttpOptions> = {},
): Promise<TestService> => {
  const { log, lines } = collectingLog();
  const requests: AnsweredRequest[] = [];
  const answered = new EventEmitter();
  const service = await startBootHttp({
    address: '127.0.0.1',
    port: 0,
    files: testFiles,
    scripts: () => undefined,
    log,
    onRequest: (request) => {
      requests.push(request);
      answered.emit('answer');
    },
    ...options,
    limits: { ...PATIENT, ...options.limits },
  });
  t.teardown(() => service.close());
  const untilAnswered = async (count: number): Promise<void> => {
    while (requests.length < count) await once(answered, 'answer');
  };
  return { service, url: `http://127.0.0.1:${service.port}`, lines, requests, untilAnswered };
};

/** Sends bytes over a connection of its own and returns all that came until the other side closed it. */
export const exchange = async (
  { service }: TestService,
  ...parts: readonly (string | Uint8Array)[]
): Promise<string> => {
  const socket = connect(service.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A service that refuses may close while we still write.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const part of parts) socket.write(part);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
};
