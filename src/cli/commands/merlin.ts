/** `nacre merlin`: the main program of the boot environment; PID 1 of the initrd starts it. */
import { runMerlin } from '../../agent/merlin.ts';
import type { StartFacts } from '../../agent/start-facts.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';

const LINES = {
  device: { en: 'device', ja: '機器' },
  kernel: { en: 'kernel', ja: 'カーネル' },
  memory: { en: 'memory', ja: 'メモリー' },
  why: { en: 'started because', ja: '起動理由' },
  block: { en: 'boot decision', ja: '起動ブロック' },
  bootAgent: { en: 'boot agent partition', ja: 'ブートエージェント' },
  backup: { en: 'backup partition', ja: 'バックアップ' },
  nodePart: { en: 'Node part', ja: 'Node 部' },
} as const satisfies Record<string, Phrase>;

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
  ];
  const lines = rows.map(([title, value]) => `  ${title[language]}: ${value}\n`);
  return `${TITLE[language]}\n${printable(lines.join(''))}`;
};

const merlin = async ({ session }: Call): Promise<Outcome> => {
  const { environment } = session.edge;
  const text = (name: string): string => environment[`NACRE_${name}`] ?? '';
  const { facts, exit } = await runMerlin({
    handover: {
      bootAgent: text('BOOT_AGENT'),
      backup: text('BACKUP'),
      nodePart: text('NODE_PART'),
      why: text('WHY'),
    },
    end: text('END') === 'power-off' ? 'power-off' : 'restart',
  });
  return { json: { ...facts }, text: factsText(facts, session.language), exitCode: exit };
};

export const MERLIN: CommandSpec = {
  name: 'merlin',
  summary: {
    en: "Merlin's main program, started inside initrd.pxe",
    ja: 'Merlin の主プログラム(initrd.pxe の中で起動される)',
  },
  details: {
    en: 'Says what this machine is and what the disk holds for Merlin. Ends with 0 (restart), 10 (power off) or 1 (failed); PID 1 of the initrd acts on it.',
    ja: 'この機械と、ディスク上の Merlin 用の内容を表示します。終了コードは 0(再起動)、10(電源断)、1(失敗)で、initrd の PID 1 がそれに従います。',
  },
  example: 'nacre merlin --json',
  run: merlin,
};
