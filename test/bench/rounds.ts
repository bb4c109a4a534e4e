/** The measured work: each round lets every tool capture and restore the same volume, then Nacre its own further jobs. */
import path from 'node:path';
import fs from 'fs-extra';
import { damageUsedBlocks, makeNoiseDisk } from '../helpers/disk-file.ts';
import type { BenchImages } from './images.ts';
import { measure, type Sample, sizeOf, warm } from './measure.ts';
import { CHECKSUM_PEER, MAIN_PEER, PEERS, type Peer } from './peers.ts';
import { assertSameBytes, type Range } from './used-ranges.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

/** A measured run: the tool, what it did, and the bytes that the work is judged by. */
export interface Measurement extends Sample {
  readonly round: number;
  readonly tool: string;
  readonly work: string;
  /** Image bytes of a capture, bytes written of a repair or an apply; absent where nothing is counted. */
  readonly bytes: number | undefined;
  /** The `--json` answer of a `nacre` run. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Everything the rounds need. */
export interface Bench {
  readonly folder: string;
  readonly images: BenchImages;
  readonly used: { readonly v1: readonly Range[]; readonly v2: readonly Range[] };
  readonly isQuick: boolean;
  /** Only tools whose name it matches. */
  readonly only: RegExp;
  readonly record: (measurement: Omit<Measurement, 'round'>) => void;
}

/** Name of our own rows. */
export const OWN = 'nacre';
const RIVALS = [MAIN_PEER, CHECKSUM_PEER];

const target = 'target.img';
const PEER_TARGET = 'peer-target.img';
const inFolder = (bench: Bench, name: string): string => path.join(bench.folder, name);

const freshTarget = async (bench: Bench, name: string): Promise<void> => {
  const { size } = await fs.stat(bench.images.v1);
  await fs.remove(inFolder(bench, name));
  await makeNoiseDisk(inFolder(bench, name), size, 0);
};

const documentIn = (stdout: string): Readonly<Record<string, unknown>> => {
  const document: unknown = stdout.startsWith('{') ? JSON.parse(stdout) : {};
  return typeof document === 'object' && document !== null ? { ...document } : {};
};

/** A `nacre` command line whose output is on the disk when it ends, as for the peers. */
export const nacreCommand = (...words: readonly string[]): string =>
  [`'${process.execPath}'`, `'${MAIN}'`, ...words, '--store', 'store', '--json', '--quiet'].join(
    ' ',
  );

const run = async (
  bench: Bench,
  job: { readonly tool: string; readonly work: string; readonly command: string },
  options: { readonly accept?: readonly number[]; readonly image?: string } = {},
): Promise<Readonly<Record<string, unknown>>> => {
  await measure('sync', bench.folder);
  const sample = await measure(job.command, bench.folder, options.accept);
  const document = documentIn(sample.stdout);
  const written = document['writtenBytes'];
  const bytes =
    options.image !== undefined
      ? await sizeOf(inFolder(bench, options.image))
      : typeof written === 'number'
        ? written
        : undefined;
  bench.record({ ...sample, tool: job.tool, work: job.work, bytes, document });
  return document;
};

const imageOf = ({ name }: Peer): string => `${name.replace(/[^a-z0-9]+/gi, '-')}.image`;

const capturePeer = async (bench: Bench, peer: Peer): Promise<void> => {
  const image = imageOf(peer);
  if (peer.name === 'casync') await fs.ensureDir(inFolder(bench, image));
  await warm(bench.images.v1);
  const command = peer.capture(bench.images.v1, image);
  await run(bench, { tool: peer.name, work: 'capture', command }, { image });
};

const restorePeer = async (bench: Bench, peer: Peer): Promise<void> => {
  await freshTarget(bench, PEER_TARGET);
  await warm(inFolder(bench, imageOf(peer)));
  const command = peer.restore(imageOf(peer), PEER_TARGET);
  await run(bench, { tool: peer.name, work: 'restore', command });
  await assertSameBytes(bench.images.v1, inFolder(bench, PEER_TARGET), bench.used.v1);
  await fs.remove(inFolder(bench, PEER_TARGET));
};

const finishPeer = async (bench: Bench, peer: Peer): Promise<void> => {
  if (peer.name === 'casync') await runCasyncDelta(bench, peer);
  await fs.remove(inFolder(bench, imageOf(peer)));
};

const runCasyncDelta = async (bench: Bench, peer: Peer): Promise<void> => {
  const image = imageOf(peer);
  const before = await sizeOf(inFolder(bench, image));
  const command = peer.capture(bench.images.v2, image).replaceAll('index.caibx', 'index-2.caibx');
  const sample = await measure(command, bench.folder);
  const bytes = (await sizeOf(inFolder(bench, image))) - before;
  bench.record({ ...sample, tool: peer.name, work: 'delta capture', bytes, document: {} });
};

const capture = (source: string): string =>
  `${nacreCommand('image', 'capture', `'${source}'`, 'bench')} && find store -type f -exec sync {} +`;
const RESTORE = ['image', 'restore', 'bench', target, '--yes', target];
const restore = `${nacreCommand(...RESTORE)} && sync ${target}`;
const compare = nacreCommand('image', 'verify', 'bench', target);

const captureOwn = async (bench: Bench, work: string, source: string): Promise<string> => {
  await warm(source);
  const before = (await fs.pathExists(inFolder(bench, 'store')))
    ? await sizeOf(inFolder(bench, 'store'))
    : 0;
  const job = { tool: OWN, work, command: capture(source) };
  await measure('sync', bench.folder);
  const sample = await measure(job.command, bench.folder);
  const bytes = (await sizeOf(inFolder(bench, 'store'))) - before;
  const document = documentIn(sample.stdout);
  bench.record({ ...sample, tool: OWN, work, bytes, document });
  return String(document['id']);
};

const restoreOwn = async (bench: Bench): Promise<void> => {
  await freshTarget(bench, target);
  await warm(inFolder(bench, 'store'));
  await run(bench, { tool: OWN, work: 'restore', command: restore });
  await assertSameBytes(bench.images.v1, inFolder(bench, target), bench.used.v1);
};

/** What only Nacre does: on the disk that `restoreOwn` left, with the version `base` of v1. */
const finishOwn = async (bench: Bench, round: number, base: string): Promise<void> => {
  const { v1, v2 } = bench.images;
  const disk = inFolder(bench, target);
  const direct = `dd if=${target} of=/dev/null bs=1M iflag=direct status=none`;
  await run(bench, { tool: 'dd', work: 'raw read', command: direct });
  await run(bench, { tool: OWN, work: 'compare', command: compare });
  await damageUsedBlocks(disk, v1, 200, round + 1);
  await run(bench, { tool: OWN, work: 'repair', command: restore });
  await assertSameBytes(v1, disk, bench.used.v1);
  await captureOwn(bench, 'unchanged capture', v1);
  await captureOwn(bench, 'delta capture', v2);
  await run(bench, {
    tool: OWN,
    work: 'apply v2 over v1',
    command: `${nacreCommand(...RESTORE, '--over', `bench@${base}`)} && sync ${target}`,
  });
  await assertSameBytes(v2, disk, bench.used.v2);
  await fs.remove(inFolder(bench, 'store'));
};

const turned = <Item>(items: readonly Item[], round: number): readonly Item[] => {
  const start = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
};

/** Those that goals compare stay together; in both groups the order turns from round to round, so that none is always after the same neighbour. */
const orderOf = <Tool extends Peer | undefined>(tools: readonly Tool[], round: number): Tool[] => {
  const isRival = (tool: Tool) => tool === undefined || RIVALS.includes(tool.name);
  const rivals = turned(tools.filter(isRival), round);
  const others = turned(
    tools.filter((tool) => !isRival(tool)),
    round,
  );
  return round % 2 === 0 ? [...rivals, ...others] : [...others, ...rivals];
};

/** Runs all tools once, work by work, so that what is compared was measured in the same minutes. */
export const runRound = async (bench: Bench, round: number): Promise<void> => {
  const peers = PEERS.filter(
    (peer) =>
      (round === 0 || !peer.isRunOnce) &&
      (peer.isQuick || !bench.isQuick) &&
      bench.only.test(peer.name),
  );
  const tools = [...(bench.only.test(OWN) ? [undefined] : []), ...peers];
  const ordered = orderOf(tools, round);
  let base = '';
  await fs.remove(inFolder(bench, 'store'));
  for (const peer of ordered) {
    if (peer === undefined) base = await captureOwn(bench, 'capture', bench.images.v1);
    else await capturePeer(bench, peer);
  }
  for (const peer of ordered)
    await (peer === undefined ? restoreOwn(bench) : restorePeer(bench, peer));
  for (const peer of peers) await finishPeer(bench, peer);
  if (base !== '') await finishOwn(bench, round, base);
};
