/** A machine whose disk is captured over the network, by the server's real parts into a store. */
import { execFileSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import { runNetworkOrder } from '../../src/agent/order/network-order.ts';
import { inspectDisk } from '../../src/disk/device.ts';
import { TEST_MAC } from './dhcp-clients.ts';
import { type DiskLab, makeLab, patch, putVolume } from './disk-lab.ts';
import { type MerlinLab, type MerlinLabOptions, openMerlinLab } from './merlin-lab.ts';
import { Noise } from './noise.ts';
import { emptyFile, makeNtfs } from './volumes.ts';

const MIB = 2 ** 20;
/** Four pieces or more. */
export const NOISE_MIB = 14;

export interface CaptureLab {
  readonly lab: DiskLab;
  readonly server: MerlinLab;
  /** One start of Merlin on a disk, up to its end or failure. */
  readonly run: (
    path: string,
    more?: Partial<Parameters<typeof runNetworkOrder>[0]>,
  ) => ReturnType<typeof runNetworkOrder>;
}

/** Name of the device of this lab where orders are kept. */
export const DEVICE = `mac-${TEST_MAC.replaceAll(':', '-')}`;

export const CAPTURE = 'action = "capture"\nname = "golden"\n';

/** A policy with one row for the device of this lab. */
export const policyOf = (row: string): string => `[[device]]\nmac = "${TEST_MAC}"\n${row}`;

/** A policy with an order to capture, and a store. */
export const makeCaptureLab = async (
  t: ExecutionContext,
  row = CAPTURE,
  options: MerlinLabOptions = {},
): Promise<CaptureLab> => {
  const lab = await makeLab(t);
  const server = await openMerlinLab(t, policyOf(row), {
    storeFolder: lab.at('store'),
    ...options,
  });
  return {
    ...{ lab, server },
    run: async (path, more = {}) =>
      runNetworkOrder({
        url: `https://127.0.0.1:${server.port}`,
        pin: server.pin,
        cards: [{ mac: TEST_MAC }],
        disks: [await inspectDisk(path)],
        block: undefined,
        nodePart: '/nowhere',
        ...more,
      }),
  };
};

let noise: Buffer | undefined;

/** An MBR disk of 40 MiB: NTFS at 1 MiB, and at 25 MiB what nobody can compress. */
export const noisyDisk = (lab: DiskLab): string => {
  const file = emptyFile(lab.at('noisy.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], {
    input: `label: dos\n2048,24M,7\n51200,${NOISE_MIB}M,83\n`,
  });
  putVolume(makeNtfs(lab.at('noisy-os'), 24), file, 1);
  noise ??= new Noise('capture').bytes(NOISE_MIB * MIB);
  patch(file, 25 * MIB, noise);
  return file;
};
