/** `nacre merlin`: the main program of the boot environment; PID 1 of the initrd starts it. */
import type { Hardware } from '../../agent/hardware.ts';
import {
  MERLIN_EXIT,
  type MerlinOptions,
  type MerlinResult,
  runMerlin,
} from '../../agent/merlin.ts';
import type { Lease } from '../../agent/network/lease.ts';
import type { CaptureOrderReport } from '../../agent/order/capture-order.ts';
import type { ImageOrderReport } from '../../agent/order/image-order.ts';
import type { RepairReport } from '../../agent/repair.ts';
import type { StartFacts } from '../../agent/start-facts.ts';
import type { NacreError } from '../../errors.ts';
import type { ImageChosen } from '../../image/backup/restore-backup.ts';
import type { Answer } from '../../job/merlin-protocol.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { failureDocument, failureText, toFailure } from '../failure.ts';
import { formatBytes, formatTime, printable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { MerlinTerminals, SHUT_WORDS } from '../merlin-menu.ts';
import { type Progress, startProgress } from '../progress.ts';
import { WORDS } from '../words.ts';

const LINES = {
  device: { en: 'device', ja: '機器' },
  kernel: { en: 'kernel', ja: 'カーネル' },
  memory: { en: 'memory', ja: 'メモリー' },
  why: { en: 'started because', ja: '起動理由' },
  block: { en: 'boot decision', ja: '起動ブロック' },
  bootAgent: { en: 'boot agent partition', ja: 'ブートエージェント' },
  backup: { en: 'backup partition', ja: 'バックアップ' },
  nodePart: { en: 'Node part', ja: 'Node 部' },
  server: { en: 'server', ja: 'サーバー' },
} as const satisfies Record<string, Phrase>;

const IMAGE: Phrase = { en: 'image', ja: 'イメージ' };
const FIRMWARE: Phrase = { en: 'firmware', ja: 'ファームウェア' };
const PROCESSOR: Phrase = { en: 'processor', ja: 'プロセッサー' };
const LINK: Phrase = { en: 'link', ja: 'リンクあり' };
const NO_LINK: Phrase = { en: 'no link', ja: 'リンクなし' };
const ADDRESS: Phrase = { en: 'address', ja: 'アドレス' };
const ORDER: Phrase = { en: 'order', ja: '指示' };
const NOTHING: Phrase = {
  en: 'the server has nothing to do for this machine',
  ja: 'サーバーからの指示はありません',
};
const OFFLINE: Phrase = {
  en: 'no help from the server, repairing from this disk',
  ja: 'サーバーを利用できないため、このディスクから修復します',
};
const ENTER: Phrase = {
  en: 'Enter starts the machine again; after five minutes it does so by itself',
  ja: 'Enter キーで再起動します。5 分後には自動的に再起動します',
};
const FAILED: Phrase = { en: 'FAILED', ja: '失敗' };
const HINT: Phrase = { en: 'hint', ja: '対処' };
const INFO_SHOWN_MS = 300_000;
const ENTER_SOON: Phrase = {
  en: 'Enter starts the machine again; after a minute it does so by itself',
  ja: 'Enter キーで再起動します。1 分後には自動的に再起動します',
};
/** A machine that is told to load Merlin and has no order does not start again without a pause. */
const IDLE_MS = 60_000;
/** Fits a visit of `src/job/merlin-protocol.ts`. */
const VISIT_BYTES = 16;
const SHELL: Phrase = {
  en: 'rescue shell: "exit" starts the machine again',
  ja: 'レスキューシェル: exit で再起動します',
};
/** Text screens of firmware and kernels. */
const SCREEN_COLUMNS = 80;
const NONE: Phrase = { en: 'none found', ja: 'なし' };
const FREE: Phrase = { en: 'free', ja: '空き' };
const TITLE: Phrase = {
  en: 'Merlin, the imaging environment of Nacre',
  ja: 'Nacre の復元環境 Merlin',
};

const blockText = ({ block, blockProblem }: StartFacts): string =>
  block === undefined
    ? blockProblem
    : `mode=${block.mode} dirty=${block.isDirty ? 1 : 0} mt=${block.merlinTries} cmdid=${block.cmdid} status=${block.status}`;

const factsText = (facts: StartFacts, language: Language): string => {
  const none = NONE[language];
  const memory = `${formatBytes(facts.memoryBytes)}, ${FREE[language]} ${formatBytes(facts.freeMemoryBytes)}`;
  const rows: readonly (readonly [Phrase, string])[] = [
    [LINES.device, facts.device || none],
    [LINES.kernel, facts.kernel],
    [LINES.memory, memory],
    [LINES.why, facts.why || none],
    [LINES.block, blockText(facts)],
    [LINES.bootAgent, facts.bootAgent || none],
    [LINES.backup, facts.backup || none],
    [LINES.nodePart, facts.nodePart || none],
    [LINES.server, facts.server || none],
  ];
  const lines = rows.map(([title, value]) => `  ${title[language]}: ${value}\n`);
  return printable(lines.join(''));
};

/** The screen of Merlin and its serial line are one stream: lines, with a bar in each. */
const startScreen = ({ session }: Call): Progress =>
  startProgress({
    mode: session.isQuiet ? 'off' : 'bar-lines',
    write: (text) => session.edge.stderr.write(text),
    columns: () => SCREEN_COLUMNS,
    now: session.edge.now,
  });

const imageText = ({ name, id, createdAt }: ImageChosen, language: Language): string =>
  printable(`${IMAGE[language]}: ${name}@${shortId(id)} (${formatTime(createdAt)})`);

const hardwareText = (hardware: Hardware, language: Language): string => {
  const { maker, product, serial, uuid, firmware, processor, cores, network, disks } = hardware;
  const link = (hasLink: boolean): string => (hasLink ? LINK : NO_LINK)[language];
  const rows: readonly (readonly [string, string])[] = [
    [LINES.device[language], `${maker} ${product}`.trim()],
    [WORDS.serial[language], serial],
    ['UUID', uuid],
    [FIRMWARE[language], `${hardware.isUefi ? 'UEFI' : 'BIOS'} ${firmware}`.trim()],
    [PROCESSOR[language], `${processor} x ${cores}`],
    [LINES.memory[language], formatBytes(hardware.memoryBytes)],
    ...network.map(({ name, mac, driver, hasLink }): readonly [string, string] => [
      name,
      `${mac} ${driver} ${link(hasLink)}`,
    ]),
    ...disks.map(
      ({
        path,
        model,
        serial: number,
        sizeBytes,
        sectorSize,
        table,
        partitions,
      }): [string, string] => [
        path,
        `${model} ${number} ${formatBytes(sizeBytes)} ${sectorSize} ${table} ${partitions.map((one) => one.fileSystem || '-').join(' ')}`,
      ],
    ),
  ];
  return printable(rows.map(([title, value]) => `  ${title}: ${value.trim()}\n`).join(''));
};

const keptText = ({ keptFiles, keptFault }: RepairReport, language: Language): string => {
  const count = keptFiles.length;
  const kept: Phrase = {
    en: `${count} kept file(s) put into the OS\n`,
    ja: `保持ファイル ${count} 個を OS に書き込みました\n`,
  };
  const fault: Phrase = {
    en: `the OS lacks its kept files: ${keptFault?.message} (${keptFault?.code})\n`,
    ja: `保持ファイルを書き込めませんでした: ${keptFault?.message} (${keptFault?.code})\n`,
  };
  if (keptFault !== null) return fault[language];
  return count === 0 ? '' : kept[language];
};

const repairText = (report: RepairReport, language: Language): string => {
  const { name, id, writtenBytes, verifiedBytes, passedOver } = report;
  const [written, verified] = [formatBytes(writtenBytes), formatBytes(verifiedBytes)];
  const done: Phrase = {
    en: `repaired from ${name}@${shortId(id)}: ${written} written, ${verified} read back and right\n`,
    ja: `${name}@${shortId(id)} から修復: 書き込み ${written}、読み戻して確認 ${verified}\n`,
  };
  const passed = passedOver.map(({ id: other, reason }) => {
    const phrase: Phrase = {
      en: `passed over ${shortId(other)}: ${reason}\n`,
      ja: `${shortId(other)} は使用せず: ${reason}\n`,
    };
    return phrase[language];
  });
  return printable(passed.join('') + done[language] + keptText(report, language));
};

const leaseText = ({ card, address, prefixLength }: Lease, language: Language): string =>
  printable(`${ADDRESS[language]}: ${card} ${address}/${prefixLength}`);

const answerText = (answer: Answer, language: Language): string => {
  if (answer.answer === 'nothing') return printable(`${NOTHING[language]}: ${answer.reason}`);
  const { order } = answer;
  const what =
    answer.answer === 'image'
      ? `${answer.image.name}@${shortId(answer.image.id)} ${answer.layout ?? ''}`.trim()
      : answer.name;
  const attempt = order.attempt > 1 ? ` (${order.attempt})` : '';
  return printable(`${ORDER[language]}: ${answer.answer} ${what}${attempt}`);
};

const captureText = (report: CaptureOrderReport, language: Language): string => {
  const { name, id, disk } = report;
  const [used, stored, sent] = [
    formatBytes(report.usedBytes),
    formatBytes(report.storedBytes),
    formatBytes(report.sentBytes),
  ];
  const image = `${name}@${shortId(id)}`;
  const done: Phrase = {
    en: `${disk.path} ${disk.serial} is captured as ${image}: ${used} used, ${stored} stored, ${sent} sent by this start\n`,
    ja: `${disk.path} ${disk.serial} を ${image} として取り込みました: 使用 ${used}、保存 ${stored}、今回の送信 ${sent}\n`,
  };
  return printable(done[language]);
};

const orderText = (report: ImageOrderReport | CaptureOrderReport, language: Language): string => {
  if (report.kind === 'capture') return captureText(report, language);
  const { name, id, disk, wasDone } = report;
  const [written, verified] = [formatBytes(report.writtenBytes), formatBytes(report.verifiedBytes)];
  const image = `${name}@${shortId(id)}`;
  const done: Phrase = wasDone
    ? {
        en: `${image} is on ${disk.path} ${disk.serial} already; the server knows it now\n`,
        ja: `${image} は ${disk.path} ${disk.serial} に書き込み済みです。サーバーに報告しました\n`,
      }
    : {
        en: `${image} is on ${disk.path} ${disk.serial}: ${written} written, ${verified} read back and right\n`,
        ja: `${image} を ${disk.path} ${disk.serial} に書き込みました: 書き込み ${written}、読み戻して確認 ${verified}\n`,
      };
  return printable(done[language]);
};

const repairJson = ({ keptFault, ...report }: RepairReport): object => ({
  ...report,
  keptProblem: keptFault?.code ?? null,
});

/** What PID 1 says of this start: NACRE_… variables. */
const handedOver = ({ session }: Call, name: string): string =>
  session.edge.environment[`NACRE_${name}`] ?? '';

const laterText = (seconds: number, language: Language): string => {
  const later: Phrase = {
    en: `too many wrong passwords; the server looks at this one in ${seconds} s`,
    ja: `パスワードの誤りが多すぎます。サーバーは ${seconds} 秒後に確認します`,
  };
  return later[language];
};

const optionsOf = (call: Call, terminals: MerlinTerminals): MerlinOptions => {
  const { session } = call;
  const { language, signal } = session;
  const text = (name: string): string => handedOver(call, name);
  const screen = startScreen(call);
  return {
    handover: {
      bootAgent: text('BOOT_AGENT'),
      backup: text('BACKUP'),
      nodePart: text('NODE_PART'),
      why: text('WHY'),
      menu: text('MENU'),
      wish: text('DO'),
      server: text('SERVER'),
      pin: text('PIN'),
    },
    end: text('END') === 'power-off' ? 'power-off' : 'restart',
    // On the screen before the work, which may take minutes.
    onFacts: (found) => session.note(factsText(found, language)),
    onImage: (image) => session.note(imageText(image, language)),
    onLease: (lease) => session.note(leaseText(lease, language)),
    onAnswer: (answer) => session.note(answerText(answer, language)),
    onOffline: (reason) =>
      session.warn(
        `${OFFLINE[language]} (${reason.code}): ${failureText(reason, session.failureWords).message}`,
      ),
    askPassword: (isWrong) => terminals.askPassword(isWrong),
    onLater: (seconds) => session.warn(laterText(seconds, language)),
    // Of the global: Node loads its own module for it only where somebody is at the menu.
    random: () => Buffer.from(crypto.getRandomValues(new Uint8Array(VISIT_BYTES))).toString('hex'),
    signal,
    onProgress: (report) => screen.update({ ...report, phase: session.phase(report.phase) }),
  };
};

const showHardware = async (
  { session }: Call,
  hardware: Hardware,
  terminals: MerlinTerminals,
): Promise<void> => {
  session.note(hardwareText(hardware, session.language));
  await terminals.readLine(INFO_SHOWN_MS, session.text(ENTER));
};

const pauseIdle = async ({ session }: Call, terminals: MerlinTerminals): Promise<void> => {
  await terminals.readLine(IDLE_MS, session.text(ENTER_SOON));
};

const openShell = async ({ session }: Call, terminals: MerlinTerminals): Promise<void> => {
  session.note(session.text(SHELL));
  const { runRescueShell } = await import('../rescue-shell.ts');
  const terminal = terminals.used;
  terminals.release();
  await runRescueShell({ terminal, signal: session.signal });
};

/** What a person at the machine is shown, besides what was done. */
const show = async (
  call: Call,
  { hardware, shut, wantsShell, isIdle }: MerlinResult,
  terminals: MerlinTerminals,
): Promise<void> => {
  if (shut !== undefined) call.session.warn(call.session.text(SHUT_WORDS[shut]));
  if (hardware !== undefined) await showHardware(call, hardware, terminals);
  if (wantsShell) await openShell(call, terminals);
  if (isIdle || shut !== undefined) await pauseIdle(call, terminals);
};

/** A failure as the screen has it: what, what to do, and the code that the documents explain. */
const failed = ({ session }: Call, error: NacreError): Outcome => {
  const { language } = session;
  const { message, hint } = failureText(error, session.failureWords);
  session.warn(`${FAILED[language]} (${error.code}): ${message}\n${HINT[language]}: ${hint}`);
  return {
    json: failureDocument(error, session.failureWords),
    text: '',
    exitCode: MERLIN_EXIT.failed,
  };
};

const merlin = async (call: Call): Promise<Outcome> => {
  // First of all: a person, and the bench, see that Node runs.
  call.session.note(call.session.text(TITLE));
  using terminals = new MerlinTerminals(call.session, handedOver(call, 'SERIAL'));
  try {
    const result = await runMerlin(optionsOf(call, terminals));
    await show(call, result, terminals);
    const { facts, order, repair, hardware, shut, exit } = result;
    const { language } = call.session;
    return {
      json: {
        ...facts,
        order: order ?? null,
        repair: repair === undefined ? null : repairJson(repair),
        hardware: hardware ?? null,
        menuShut: shut ?? null,
      },
      text: [
        order === undefined ? '' : orderText(order, language),
        repair === undefined ? '' : repairText(repair, language),
      ].join(''),
      exitCode: exit,
    };
  } catch (reason) {
    const error = toFailure(reason);
    if (error.code === 'CANCELLED') throw error;
    return failed(call, error);
  }
};

export const MERLIN: CommandSpec = {
  name: 'merlin',
  summary: {
    en: "Merlin's main program, started inside initrd.pxe",
    ja: 'Merlin の主プログラム(initrd.pxe の中で起動される)',
  },
  details: {
    en: 'Says what this machine is and what the disk holds for Merlin, does what the server that it was started from has for it, and makes the OS whole from the backup partition where the decision block wants it. Ends with 0 (restart), 10 (power off) or 11 (failed, and said why); PID 1 of the initrd acts on it.',
    ja: 'この機械と、ディスク上の Merlin 用の内容を表示し、起動元のサーバーからの指示を実行し、起動ブロックが求めればバックアップパーティションから OS を修復します。終了コードは 0(再起動)、10(電源断)、11(失敗、理由を表示済み)で、initrd の PID 1 がそれに従います。',
  },
  example: 'nacre merlin --json',
  run: merlin,
};
