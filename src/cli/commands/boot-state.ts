/** `nacre boot state`: shows or sets what a device boots next. */
import { decideBoot } from '../../codec/boot-decision.ts';
import { BOOT_MODES, type GrubBlock, MOST_TRIES } from '../../codec/grub-block.ts';
import type { BootState, BootStateChange } from '../../disk/boot-state.ts';
import type { DeviceInfo, OpenDisk } from '../../disk/device.ts';
import type { PartitionNode } from '../../disk/partition-node.ts';
import { NacreError } from '../../errors.ts';
import { type Call, type CommandSpec, type Outcome, wholeNumber } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';
import { DRY_RUN, SECTOR_SIZE, sectorSizeOf, YES } from './shared-options.ts';

/** Two blocks of 512 bytes. */
const WRITE_BYTES = 1024;
const WORD = /^[A-Za-z0-9._:-]{0,64}$/;

type Setter = (key: string, value: string) => BootStateChange;

const badValue = (key: string, value: string, expected: string): NacreError =>
  new NacreError('CLI_BAD_VALUE', { what: `--set ${key}`, value, expected });

const wordOf = (key: string, value: string): string => {
  if (WORD.test(value)) return value;
  throw badValue(key, value, 'up to 64 letters, digits and . _ : -');
};

const triesOf = (key: string, value: string): number =>
  wholeNumber(`--set ${key}`, value, 0, MOST_TRIES);

/** The keys of the JSON document that can be set. */
const SETTERS: Readonly<Record<string, Setter>> = {
  mode: (key, value) => {
    const mode = BOOT_MODES.find((known) => known === value);
    if (mode === undefined) throw badValue(key, value, BOOT_MODES.join(' | '));
    return { mode };
  },
  dirty: (key, value) => {
    if (!['true', 'false', '1', '0'].includes(value)) throw badValue(key, value, 'true | false');
    return { isDirty: value === 'true' || value === '1' };
  },
  osTries: (key, value) => ({ osTries: value === '' ? undefined : triesOf(key, value) }),
  merlinTries: (key, value) => ({ merlinTries: triesOf(key, value) }),
  cmdid: (key, value) => ({ cmdid: wordOf(key, value) }),
  status: (key, value) => ({ status: wordOf(key, value) }),
};

const changeOfPair = (pair: string): BootStateChange => {
  const at = pair.indexOf('=');
  const key = pair.slice(0, Math.max(0, at));
  const setter = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined;
  if (setter !== undefined) return setter(key, pair.slice(at + 1));
  throw badValue('KEY=VALUE', pair, `KEY=VALUE, KEY: ${Object.keys(SETTERS).join(', ')}`);
};

/** Of two values for one key the last counts. */
const changeOf = (call: Call): BootStateChange =>
  Object.assign({}, ...call.list('set').map(changeOfPair));

/** The fields of cli.md, and what follows from them. */
const documentOf = ({ slot, block }: BootState) => {
  const { boots, why } = decideBoot(block);
  return {
    mode: block.mode,
    dirty: block.isDirty,
    osTries: block.osTries ?? null,
    merlinTries: block.merlinTries,
    cmdid: block.cmdid,
    status: block.status,
    sequence: block.sequence,
    slot,
    boots,
    why,
  };
};

const stateText = (state: BootState): string =>
  printable(
    Object.entries(documentOf(state))
      .map(([key, value]) => `${key}: ${value ?? '-'}\n`)
      .join(''),
  );

const WRITES: Phrase = {
  en: 'written in place: 2 blocks of 512 bytes',
  ja: '書き込み: 512 バイトのブロック 2 個',
};

const planText = (before: BootState | undefined, after: BootState, language: Language): string =>
  [
    `${WORDS.before[language]}\n${before === undefined ? '-\n' : stateText(before)}`,
    `${WORDS.after[language]}\n${stateText(after)}`,
    `${WRITES[language]}\n`,
  ].join('\n');

/** Where the boot agent volume lies: on a running device through the partition's own node. */
const findAgent = async (disk: OpenDisk): Promise<PartitionNode> => {
  const [{ findLabelledPartition }, { nodeOf }, { BOOT_AGENT_LABEL }] = await Promise.all([
    import('../../disk/labelled-partition.ts'),
    import('../../disk/partition-node.ts'),
    import('../../disk/boot-places.ts'),
  ]);
  return nodeOf(disk.info, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
};

const show = (path: string, state: BootState | undefined): Outcome => {
  if (state === undefined) throw new NacreError('BOOT_STATE_UNREADABLE', { path });
  return { json: documentOf(state), text: stateText(state) };
};

/** The state before, and what it will be. */
const readBoth = async (
  path: string,
  sectorSize: 512 | 4096 | undefined,
  change: BootStateChange,
) => {
  const [{ openForRead }, { FatVolume }, { readBootState, FIRST_BLOCK, followingBlock }] =
    await Promise.all([
      import('../../disk/device.ts'),
      import('../../disk/fat.ts'),
      import('../../disk/boot-state.ts'),
    ]);
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  const agent = await findAgent(disk);
  using part = await openForRead(agent.path, { sectorSize, allowInUse: true });
  using volume = await FatVolume.open(part, agent.window);
  const before = await readBootState(volume);
  const block: GrubBlock = followingBlock(before?.block ?? FIRST_BLOCK, change);
  return { info: disk.info, agent, before, after: { slot: 'conf', block } as const };
};

const store = async (
  call: Call,
  { info, agent }: { readonly info: DeviceInfo; readonly agent: PartitionNode },
  change: BootStateChange,
): Promise<Outcome> => {
  const [{ openForWrite }, { FatVolume }, { storeBootState }] = await Promise.all([
    import('../../disk/device.ts'),
    import('../../disk/fat.ts'),
    import('../../disk/boot-state.ts'),
  ]);
  const sectorSize = sectorSizeOf(call);
  const expected = agent.path === info.path ? info : undefined;
  using disk = await openForWrite(agent.path, { sectorSize, expected });
  using volume = await FatVolume.open(disk, agent.window);
  const stored = await storeBootState(volume, change);
  await volume.finish();
  return show(info.path, stored);
};

const run = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const path = call.parameter(0);
  const change = changeOf(call);
  const { info, agent, before, after } = await readBoth(path, sectorSizeOf(call), change);
  if (call.list('set').length === 0) return show(path, before);
  const text = planText(before, after, session.language);
  const plan = {
    before: before === undefined ? [] : [documentOf(before)],
    after: [documentOf(after)],
    lost: [],
    writeBytes: WRITE_BYTES,
  };
  if (call.isSet('dryRun')) return { json: { plan }, text };
  session.note(text);
  const isBlockDevice = info.kind !== 'file';
  await confirmTarget(session, { path, isBlockDevice, serial: info.serial }, call.text('yes'));
  return store(call, { info, agent }, change);
};

export const STATE: CommandSpec = {
  name: 'state',
  parameters: '<DISK>',
  summary: { en: 'show or set what a device boots next', ja: '次に起動するものを表示・設定' },
  details: {
    en: 'The decision block on the boot agent partition, which is found by its label. Keys: mode (os, merlin, rescue), dirty (true, false), osTries and merlinTries (0 to 3; osTries empty: not counted), cmdid, status. Both copies are overwritten in place and read back.',
    ja: 'ブートエージェントパーティション(ラベルで探します)の起動ブロックです。キー: mode(os、merlin、rescue)、dirty(true、false)、osTries と merlinTries(0〜3。osTries が空なら数えません)、cmdid、status。2つの写しをその場で上書きし、読み返します。',
  },
  options: [
    {
      flags: '--set <KEY=VALUE>',
      text: { en: 'change a value; repeatable', ja: '値を変更(複数指定可)' },
      isRepeatable: true,
    },
    SECTOR_SIZE,
    DRY_RUN,
    YES,
  ],
  example: 'nacre boot state device.img --set mode=merlin --set cmdid=job-7 --yes device.img',
  run,
};
