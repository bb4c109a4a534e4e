/** Merlin's work for an order on disks in files: the server's real parts behind it, store and boot files over HTTP. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { type NetworkOrderOptions, runNetworkOrder } from '../../src/agent/order/network-order.ts';
import { type DeviceInfo, inspectDisk } from '../../src/disk/device.ts';
import type { Answer } from '../../src/job/merlin-protocol.ts';
import { memoryContent } from '../../src/job/serving/http-content.ts';
import { storeInFolder } from '../../src/job/serving/store-content.ts';
import { startBootHttp } from '../../src/pxe/http/boot-http.ts';
import { TEST_MAC } from './dhcp-clients.ts';
import { type DiskLab, preparedLab, putVolume } from './disk-lab.ts';
import { type MerlinLab, openMerlinLab } from './merlin-lab.ts';
import { collectingLog } from './service-log.ts';
import { makeBootFiles, SMALL_BOOT_BYTES } from './stand-in-boot-files.ts';
import { emptyFile, makeNtfs } from './volumes.ts';

const BOOT_FOLDER = 'boot-files/';

export interface OrderLab {
  readonly lab: DiskLab;
  readonly server: MerlinLab;
  /** The disk of the machine. */
  readonly path: string;
  /** Ends the service of store and boot files and everything that it is sending; `start` brings it back on the same port. */
  readonly files: { stop(): Promise<void>; start(): Promise<void> };
  /** What a start of Merlin knows of the machine and of its server. */
  readonly start: () => Promise<NetworkOrderOptions>;
  /** One start of Merlin, up to its end or failure. */
  readonly run: (
    more?: Partial<Parameters<typeof runNetworkOrder>[0]>,
  ) => ReturnType<typeof runNetworkOrder>;
  readonly answers: readonly Answer[];
}

export interface OrderLabOptions {
  /** Rows of the policy behind `[[device]]` with the MAC address of this machine. */
  readonly row: string;
  /** Changes what the server sends of a boot file. */
  readonly spoil?: (name: string, bytes: Buffer) => Buffer;
}

/** A store with a captured NTFS disk, and boot files. */
const prepareOrders = async (lab: DiskLab): Promise<void> => {
  const source = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(lab.at('os'), 30), source, 1);
  await lab.capture(source);
  await makeBootFiles(lab.at('boot'), SMALL_BOOT_BYTES);
};

/** A captured NTFS disk in a store, a server that serves it, and a blank disk. */
export const makeOrderLab = async (
  t: ExecutionContext,
  { row, spoil = (_, bytes) => bytes }: OrderLabOptions,
): Promise<OrderLab> => {
  const lab = await preparedLab(t, 'orders', prepareOrders);
  const path = emptyFile(lab.at('device.img'), 512);
  const serve = (port: number) =>
    startBootHttp({
      address: '127.0.0.1',
      port,
      files: (name) => {
        if (!name.startsWith(BOOT_FOLDER)) return undefined;
        const file = name.slice(BOOT_FOLDER.length);
        const bytes = spoil(file, readFileSync(lab.at(`boot/${file}`)));
        return memoryContent([bytes], 'application/octet-stream', file);
      },
      scripts: () => undefined,
      store: storeInFolder(lab.at('store')),
      log: collectingLog().log,
    });
  let http = await serve(0);
  const { port: httpPort } = http;
  t.teardown(() => http.close());
  const list = readFileSync(lab.at('boot/boot.json'));
  const server = await openMerlinLab(t, `[[device]]\nmac = "${TEST_MAC}"\n${row}`, {
    resolveImage: (image) => lab.store.resolve(image),
    httpPort,
    listDigest: createHash('sha256').update(list).digest('hex'),
    storeFolder: lab.at('store'),
  });
  const answers: Answer[] = [];
  const disks = async (): Promise<readonly DeviceInfo[]> => [await inspectDisk(path)];
  const start = async (): Promise<NetworkOrderOptions> => ({
    url: `https://127.0.0.1:${server.port}`,
    pin: server.pin,
    cards: [{ mac: TEST_MAC }],
    disks: await disks(),
    block: undefined,
    nodePart: '/nowhere',
    onAnswer: (answer) => answers.push(answer),
  });
  return {
    ...{ lab, server, path, answers },
    files: {
      stop: () => http.close(),
      start: async () => {
        http = await serve(httpPort);
      },
    },
    start,
    run: async (more = {}) => runNetworkOrder({ ...(await start()), ...more }),
  };
};
