/** `nacre disk plan`: what a layout makes of a disk. */
import {
  LAYOUT_POLICIES,
  LAYOUTS,
  type LayoutName,
  type LayoutPolicy,
} from '../../disk/layout-fields.ts';
import { NacreError } from '../../errors.ts';
import type { LayoutPlan } from '../../image/layout/layout-plan.ts';
import { byteSize } from '../byte-size.ts';
import {
  type Call,
  type CommandSpec,
  type OptionSpec,
  type Outcome,
  wholeNumber,
} from '../command.ts';
import { printable } from '../format.ts';
import { readKeyFiles } from '../key-file.ts';
import type { Language } from '../language.ts';
import { planText } from '../plan-text.ts';
import { openStoreOf } from '../store-access.ts';
import { partitionNumber, SECTOR_SIZE, sectorSizeOf, TRUST } from './shared-options.ts';

const GREATEST_DRAWING = 100;
const GREATEST_NUMBER = 1024;

/** Options that decide what a layout looks like. */
export const LAYOUT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--layout <NAME>',
    text: {
      en: 'order of the partitions: xpe, wes2009, wes7 (MBR, BIOS) or uefi (GPT)',
      ja: 'パーティションの並び: xpe、wes2009、wes7(MBR、BIOS)または uefi(GPT)',
    },
  },
  {
    flags: '--policy <POLICY>',
    text: {
      en: 'auto uses the whole disk (default); vendor has the sizes of the manual',
      ja: 'auto はディスク全体を使う(既定)、vendor はマニュアルどおりのサイズ',
    },
  },
  {
    flags: '--backup-size <SIZE>',
    text: {
      en: 'size of the backup partition, such as 4G (default: by policy)',
      ja: 'バックアップパーティションのサイズ、例 4G(既定: ポリシーによる)',
    },
  },
  {
    flags: '--write-cache <SIZE>',
    text: {
      en: 'a partition for the write cache of a Linux image',
      ja: 'Linux イメージの書き込みキャッシュ用パーティション',
    },
  },
  {
    flags: '--keep <N>',
    text: {
      en: 'partition N of the disk stays as it is; repeatable',
      ja: 'ディスクのパーティション N をそのまま残す(複数指定可)',
    },
    isRepeatable: true,
  },
  {
    flags: '--os-partition <N>',
    text: {
      en: 'partition N of the image is the OS (default: the only one that can be)',
      ja: 'イメージのパーティション N が OS(既定: OS になり得る唯一のもの)',
    },
  },
  SECTOR_SIZE,
  TRUST,
];

const isLayout = (text: string): text is LayoutName => LAYOUTS.some((name) => name === text);
const isPolicy = (text: string): text is LayoutPolicy =>
  LAYOUT_POLICIES.some((name) => name === text);

const layoutOf = (call: Call, command: string): LayoutName => {
  const value = call.text('layout');
  if (value === undefined) {
    throw new NacreError('CLI_OPTION_NEEDED', { what: `--layout ${LAYOUTS.join('|')}`, command });
  }
  if (isLayout(value)) return value;
  const expected = LAYOUTS.join(' | ');
  throw new NacreError('CLI_BAD_VALUE', { what: '--layout', value, expected });
};

const policyOf = (call: Call): LayoutPolicy => {
  const value = call.text('policy') ?? 'auto';
  if (isPolicy(value)) return value;
  const expected = LAYOUT_POLICIES.join(' | ');
  throw new NacreError('CLI_BAD_VALUE', { what: '--policy', value, expected });
};

const sizeOption = (call: Call, name: string, flag: string): number | undefined => {
  const value = call.text(name);
  return value === undefined ? undefined : byteSize(flag, value);
};

/** The plan that the arguments of `disk plan` and `disk apply` ask for. */
export const layoutPlanOf = async (call: Call, command: string): Promise<LayoutPlan> => {
  const layout = layoutOf(call, command);
  const policy = policyOf(call);
  const osPartition = call.text('osPartition');
  const request = {
    layout,
    policy,
    backupBytes: sizeOption(call, 'backupSize', '--backup-size'),
    writeCacheBytes: sizeOption(call, 'writeCache', '--write-cache'),
    keep: call.list('keep').map((value) => wholeNumber('--keep', value, 1, GREATEST_NUMBER)),
    osPartition: osPartition === undefined ? undefined : partitionNumber(osPartition),
    sectorSize: sectorSizeOf(call),
    trust: await readKeyFiles(call.list('trust')),
  };
  const { planLayout } = await import('../../image/layout/layout-plan.ts');
  return planLayout({
    ...request,
    store: await openStoreOf(call.session),
    image: call.parameter(0),
    path: call.parameter(1),
  });
};

/** The document of a plan. */
export const layoutPlanJson = async (plan: LayoutPlan, language: Language): Promise<object> => {
  const { before, after, lost, writeBytes, fields, warnings: warningCodes, signedBy } = plan;
  const { warningTexts } = await import('../layout-text.ts');
  const warnings = warningTexts(plan, language);
  return { plan: { before, after, lost, writeBytes }, fields, warnings, warningCodes, signedBy };
};

/** The plan for people. */
export const layoutPlanText = async (plan: LayoutPlan, call: Call): Promise<string> => {
  const { language, edge } = call.session;
  const { fieldsText, layoutDrawing, warningTexts } = await import('../layout-text.ts');
  const width = Math.min(edge.stdout.columns ?? GREATEST_DRAWING, GREATEST_DRAWING);
  const text = [
    planText(plan.target, plan, language),
    `\n${layoutDrawing(plan, language, width)}`,
    `\n${fieldsText(plan, language)}`,
    ...warningTexts(plan, language).map((line) => `! ${line}\n`),
  ];
  return printable(text.join(''));
};

const plan = async (call: Call): Promise<Outcome> => {
  const made = await layoutPlanOf(call, 'nacre disk plan');
  return {
    json: await layoutPlanJson(made, call.session.language),
    text: await layoutPlanText(made, call),
  };
};

export const PLAN: CommandSpec = {
  name: 'plan',
  parameters: '<IMAGE> <DISK>',
  summary: {
    en: 'show what a layout with boot agent and backup partition makes of a disk',
    ja: 'ブートエージェントとバックアップパーティションを持つレイアウトの計画を表示する',
  },
  details: {
    en: "Nothing is written. The numbers are those of the vendor's dialog, in MB of 2^20 bytes; the pictures before and after are to scale.",
    ja: '何も書き込みません。数値はベンダーのダイアログと同じで、単位は 2^20 バイトの MB です。変更前と変更後の図は縮尺どおりです。',
  },
  options: LAYOUT_OPTIONS,
  example: 'nacre disk plan lab-pc /dev/sdb --layout wes7',
  run: plan,
};
