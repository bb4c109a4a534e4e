/** `nacre disk apply`: makes the layout that `disk plan` shows. */
import type { TrustAnchors } from '../../codec/trust-anchors.ts';
import { NacreError } from '../../errors.ts';
import type { LayoutReport } from '../../image/layout/layout-apply.ts';
import type { LayoutPlan } from '../../image/layout/layout-plan.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { formatBytes, shortId } from '../format.ts';
import { readKeyFiles } from '../key-file.ts';
import type { Language, Phrase } from '../language.ts';
import { partitionTable } from '../partition-text.ts';
import { readPasswordFile } from '../password-file.ts';
import { BOOT, bootFilesOf } from './boot-folder.ts';
import { LAYOUT_OPTIONS, layoutPlanJson, layoutPlanOf, layoutPlanText } from './layout.ts';
import { DRY_RUN, YES } from './shared-options.ts';

const STOPPED: Phrase = {
  en: 'the disk may hold a part of the layout; run the same command again: it does only what is missing',
  ja: 'ディスクはレイアウトの途中の状態かもしれません。もう一度実行すると残りだけを行います',
};

const trustText = ({ keys, allowsUnsigned }: TrustAnchors, language: Language): string => {
  const phrase: Phrase = allowsUnsigned
    ? {
        en: 'the device takes unsigned images as well',
        ja: '端末は署名のないイメージも受け入れます',
      }
    : {
        en: `the device takes images signed by ${keys.length} key(s) only`,
        ja: `端末は ${keys.length} 個の鍵で署名されたイメージだけを受け入れます`,
      };
  return `${phrase[language]}\n`;
};

const textOf = (report: LayoutReport, language: Language): string => {
  const written = formatBytes(report.writtenBytes);
  const verified = formatBytes(report.verifiedBytes);
  const summary: Phrase = {
    en: `${written} written, ${verified} read back and right`,
    ja: `書き込み ${written}、読み戻して確認 ${verified}`,
  };
  const saved: Phrase = {
    en: `the old table is in ${report.savedTable} (nacre disk undo)\n`,
    ja: `元のテーブルは ${report.savedTable} にあります(nacre disk undo)\n`,
  };
  return [
    `${report.name}@${shortId(report.id)}\n`,
    `${summary[language]}\n`,
    report.savedTable === null ? '' : saved[language],
    partitionTable(report.partitions, language),
  ].join('');
};

const trustOf = async (call: Call, { store, image }: LayoutPlan): Promise<TrustAnchors> => {
  const { trustAnchorsOf } = await import('../../image/image-trust.ts');
  const keys = (await readKeyFiles(call.list('trust'))) ?? [];
  return trustAnchorsOf(store, image, { keys, allowsUnsigned: call.isSet('unsigned') });
};

/** @throws NacreError CLI_BAD_VALUE: firmware with Secure Boot starts EFI programs only */
const wantsSecureBoot = (call: Call, { layout }: LayoutPlan): boolean => {
  const isWanted = call.isSet('secureBoot');
  if (!isWanted || layout === 'uefi') return isWanted;
  const expected = '--layout uefi';
  throw new NacreError('CLI_BAD_VALUE', { what: '--secure-boot', value: layout, expected });
};

/** Hash for GRUB's menu; the password itself reaches no disk. */
const menuPasswordOf = async (call: Call): Promise<string | undefined> => {
  const option = '--menu-password-file';
  const password = await readPasswordFile(option, call.text('menuPasswordFile'));
  if (password === undefined) return undefined;
  const { makeBootPassword } = await import('../../disk/boot-password.ts');
  return makeBootPassword(password);
};

const apply = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const { language } = session;
  const plan = await layoutPlanOf(call, 'nacre disk apply');
  const secureBoot = wantsSecureBoot(call, plan);
  const password = await menuPasswordOf(call);
  const trust = await trustOf(call, plan);
  const shown = (await layoutPlanText(plan, call)) + trustText(trust, language);
  if (call.isSet('dryRun')) return { json: await layoutPlanJson(plan, language), text: shown };
  session.note(shown);
  const path = call.parameter(1);
  const isBlockDevice = plan.target.kind !== 'file';
  const { serial } = plan.target;
  await confirmTarget(session, { path, isBlockDevice, serial }, call.text('yes'));
  const boot = await bootFilesOf(call);
  session.throwIfCancelled('apply');
  const [{ applyLayout }, { savedTableName }] = await Promise.all([
    import('../../image/layout/layout-apply.ts'),
    import('../../disk/saved-table.ts'),
  ]);
  session.whenStopped(STOPPED);
  const report = await applyLayout(plan, {
    savedTable: call.text('saveTable') ?? savedTableName(plan.target.path, new Date()),
    boot,
    trust,
    secureBoot,
    password,
    noOs: !call.isSet('os'),
    noBackup: !call.isSet('backup'),
    grow: call.isSet('grow'),
    signal: session.signal,
    onProgress: session.onProgress,
  });
  return { json: report, text: textOf(report, language) };
};

export const APPLY: CommandSpec = {
  name: 'apply',
  parameters: '<IMAGE> <DISK>',
  summary: {
    en: 'make a disk that repairs itself: boot agent, OS and backup partition',
    ja: '自己修復するディスクを作る: ブートエージェント、OS、バックアップパーティション',
  },
  details: {
    en: 'Shows the plan of "disk plan" and asks. Boot files are built first where they are missing. Running it again, after a power cut too, ends in the same state as running it once.',
    ja: '"disk plan" の計画を表示して確認します。ブートファイルがなければ先に作成します。停電の後でも、もう一度実行すれば結果は一度の実行と同じです。',
  },
  options: [
    ...LAYOUT_OPTIONS,
    {
      flags: '--unsigned',
      text: {
        en: 'the device takes unsigned images, this one among them',
        ja: '署名のないイメージを許す(このイメージも、今後のイメージも)',
      },
    },
    {
      flags: '--grow',
      text: {
        en: 'enlarge the file system of the OS to its partition',
        ja: 'OS のファイルシステムをパーティションの大きさまで広げる',
      },
    },
    {
      flags: '--no-os',
      text: {
        en: 'do not restore the OS: the device does at its first start',
        ja: 'OS を復元しない(端末が最初の起動で行う)',
      },
    },
    {
      flags: '--no-backup',
      text: {
        en: 'leave the backup partition without an image',
        ja: 'バックアップパーティションにイメージを入れない',
      },
    },
    {
      flags: '--secure-boot',
      text: {
        en: "Debian's signed boot loaders, for firmware with Secure Boot (uefi)",
        ja: 'Secure Boot 用に Debian の署名付きブートローダーを使う(uefi)',
      },
    },
    {
      flags: '--menu-password-file <FILE>',
      text: {
        en: "first line: the administrator's password for the boot menu (default: none, the menu stays locked)",
        ja: '起動メニューの管理者パスワードを 1 行目に書いたファイル(既定: なし、メニューはロックされたまま)',
      },
    },
    BOOT,
    {
      flags: '--save-table <FILE>',
      text: {
        en: 'where the old table is saved (default: ./DISKNAME-TIME.nacre-table)',
        ja: '元のテーブルの保存先(既定: ./DISKNAME-TIME.nacre-table)',
      },
    },
    DRY_RUN,
    YES,
  ],
  example: 'nacre disk apply lab-pc /dev/sdb --layout wes7 --trust release.pub',
  run: apply,
};
