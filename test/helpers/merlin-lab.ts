/** Merlin's side of its protocol against a real server, and what the server knows. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { openStore } from '../../src/image/store/store.ts';
import type { Hello } from '../../src/job/merlin-protocol.ts';
import { MenuDesk } from '../../src/pxe/merlin/menu-desk.ts';
import { MerlinDesk } from '../../src/pxe/merlin/merlin-desk.ts';
import { openMerlinKey } from '../../src/pxe/merlin/merlin-key.ts';
import { type MerlinServerOptions, startMerlinServer } from '../../src/pxe/merlin/merlin-server.ts';
import { type GuardLimits, PasswordGuard } from '../../src/pxe/merlin/password-guard.ts';
import { readSignKey } from '../../src/pxe/merlin/sign-key.ts';
import { readTrustKey } from '../../src/pxe/merlin/trust-keys.ts';
import { UploadDesk } from '../../src/pxe/merlin/upload-desk.ts';
import { openOrderFiles } from '../../src/pxe/policy/order-record.ts';
import { Orders } from '../../src/pxe/policy/orders.ts';
import { parsePolicy } from '../../src/pxe/policy/policy-file.ts';
import type { MerlinSighting } from '../../src/pxe/sightings/sighting.ts';
import { TEST_MAC } from './dhcp-clients.ts';
import { collectingLog, type LogLine } from './service-log.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** SHA-256 of the key that the server showed. */
  readonly pin: string;
}

export interface MerlinLab {
  readonly folder: string;
  readonly port: number;
  readonly pin: string;
  readonly orders: Orders;
  readonly lines: readonly LogLine[];
  /** What was taken into the memory of devices, with the MAC address in front. */
  readonly said: readonly (readonly [mac: string, said: Partial<MerlinSighting>])[];
  readonly send: (route: string, body: unknown, ticket?: string) => Promise<Reply>;
  /** Ends the server, as a crash does; `start` brings it back on the same port. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Writes another policy, which is in force at once. */
  readonly setPolicy: (text: string) => void;
}

/** Id of the version that every image of a lab is. */
export const VERSION = 'ab'.repeat(32);

/** SHA-256 of the list of boot files of a lab. */
export const LIST_DIGEST = 'cd'.repeat(32);

/** What a device says of itself. */
export const helloOf = (more: Partial<Hello> = {}): Hello => ({
  format: 1,
  macs: [TEST_MAC],
  uuid: null,
  machine: { maker: 'QEMU', product: 'Standard PC', serial: '' },
  disks: [],
  block: null,
  ...more,
});

/** Sends bytes or a JSON value to a port of this machine, whatever certificate it has. */
export const postTo = async (
  port: number,
  route: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Reply> => {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  const options = { host: '127.0.0.1', port, path: route, method, agent: false as const };
  const asked = request({ ...options, rejectUnauthorized: false, headers });
  asked.end(bytes);
  const [response] = await once(asked, 'response');
  const { socket, statusCode, headers: received } = response;
  const certificate = (socket as TLSSocket).getPeerCertificate(true).raw;
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return {
    status: statusCode,
    type: String(received['content-type']),
    value: JSON.parse(Buffer.concat(pieces).toString('utf8')),
    pin: createHash('sha256').update(spki).digest('hex'),
  };
};

export interface MerlinLabOptions extends Partial<Pick<MerlinServerOptions, 'limits'>> {
  readonly resolveImage?: (image: string) => Promise<{ name: string; id: string }>;
  /** Where store and boot files are served. */
  readonly httpPort?: number;
  readonly listDigest?: string;
  /** Of captures. */
  readonly storeFolder?: string;
  /** Called when a step of an upload is done and not answered yet. */
  readonly onUpload?: (step: string) => Promise<void>;
  readonly guard?: Partial<GuardLimits>;
}

/** The same desk, which says of each step when it is done. */
const watched = (uploads: UploadDesk, onUpload: (step: string) => Promise<void>): UploadDesk =>
  new Proxy(uploads, {
    get: (target, step) => {
      const method: unknown = Reflect.get(target, step);
      if (typeof method !== 'function') return method;
      return async (...words: unknown[]): Promise<unknown> => {
        const result: unknown = await method.apply(target, words);
        await onUpload(String(step));
        return result;
      };
    },
  });

/** A server with a policy, ended with the test. */
export const openMerlinLab = async (
  t: Owner,
  policyText: string,
  {
    limits,
    resolveImage,
    httpPort = 30_880,
    listDigest = LIST_DIGEST,
    storeFolder,
    onUpload,
    guard,
  }: MerlinLabOptions = {},
): Promise<MerlinLab> => {
  const folder = await temporaryFolder(t);
  const policyFile = path.join(folder, 'pxe.toml');
  await writeFile(policyFile, policyText);
  let policy = parsePolicy(policyText, policyFile);
  const key = await openMerlinKey(path.join(folder, 'merlin'));
  const files = await openOrderFiles(path.join(folder, 'orders'));
  const orders = await Orders.open({ files, now: () => new Date(), random: randomBytes });
  const { log, lines } = collectingLog();
  const said: [string, Partial<MerlinSighting>][] = [];
  const readSign = (name: string) => readSignKey(policyFile, name);
  const makeUploads = () => {
    const uploads = new UploadDesk({
      ...{ orders, log, keeper: `pxe ${key.pin}`, readSignKey: readSign },
      openStore: () =>
        openStore(storeFolder ?? path.join(folder, 'store'), { create: true, lockWaitMs: 5000 }),
    });
    return onUpload === undefined ? uploads : watched(uploads, onUpload);
  };
  let uploads = makeUploads();
  const desk = new MerlinDesk({
    ...{ policy: () => policy, orders, log, readSignKey: readSign },
    uploads: { sweep: () => uploads.sweep() },
    resolveImage:
      resolveImage ?? (async (image) => ({ name: image.split(/[:@]/)[0] ?? '', id: VERSION })),
    bootListDigest: () => listDigest,
    readTrustKey: (name) => readTrustKey(policyFile, name),
    onSaid: ({ mac }, _, what) => said.push([mac, what]),
    macAt: async () => TEST_MAC,
  });
  const serverAt = (address: string) => ({
    ...{ address, httpPort, merlin: 'https://127.0.0.1:30806', pin: key.pin },
  });
  const now = (): number => performance.now();
  const menuDesk = new MenuDesk({
    ...{ policy: () => policy, desk, log, now, guard: new PasswordGuard(now, guard) },
  });
  const options = { address: '127.0.0.1', key, desk, menuDesk, serverAt, log, limits };
  let server = await startMerlinServer({ ...options, uploads, port: 0 });
  t.teardown(() => server.close());
  const { port } = server;
  return {
    ...{ folder, port, pin: key.pin, orders, lines, said },
    send: (route, body, ticket) =>
      postTo(port, route, body, ticket === undefined ? {} : { authorization: `Bearer ${ticket}` }),
    stop: () => server.close(),
    start: async () => {
      // Nothing of a process that ended is left in memory.
      uploads = makeUploads();
      server = await startMerlinServer({ ...options, uploads, port });
    },
    setPolicy: (text) => {
      policy = parsePolicy(text, policyFile);
    },
  };
};
