/** `nacre boot`: the boot environment. */
import type { BootFiles } from '../../disk/boot-files.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatTable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';
import { bootFolderOf, buildInto } from './boot-folder.ts';
import { MEDIA } from './boot-media.ts';
import { STATE } from './boot-state.ts';

const filesText = ({ folder, kernel, node, files }: BootFiles, language: Language): string => {
  const columns = [
    { title: WORDS.path[language] },
    { title: WORDS.size[language], isNumber: true },
    { title: 'SHA-256' },
  ];
  const rows = files.map((file) => [file.name, formatBytes(file.sizeBytes), file.sha256]);
  return `${folder}: Linux ${kernel}, Node ${node}\n${formatTable(columns, rows)}`;
};

/** What the files cost: time to make them, memory to run them. */
const costText = (seconds: number, memoryBytes: number): Phrase => ({
  en: `made in ${seconds.toFixed(1)} s; Merlin starts with ${formatBytes(memoryBytes)} of free memory: in machines of 192 MiB, under UEFI of 512 MiB\n`,
  ja: `作成時間 ${seconds.toFixed(1)} 秒。Merlin の起動には空きメモリー ${formatBytes(memoryBytes)}(搭載 192 MiB、UEFI では 512 MiB)が必要です\n`,
});

const build = async (call: Call): Promise<Outcome> => {
  const { edge, language } = call.session;
  const startedMs = edge.now();
  const built = await buildInto(call, call.text('out') ?? bootFolderOf(call));
  const seconds = (edge.now() - startedMs) / 1000;
  const { merlinMemoryBytes } = await import('../../disk/boot-files.ts');
  const memoryBytes = merlinMemoryBytes(built);
  const text = filesText(built, language) + costText(seconds, memoryBytes)[language];
  return { json: { ...built, seconds, memoryBytes }, text };
};

const BUILD: CommandSpec = {
  name: 'build',
  summary: { en: 'build the boot environment', ja: '起動環境を作成' },
  details: {
    en: 'Kernel, initial RAM disks and boot loaders from Debian packages, the pinned Node and this program; nothing is installed. The same sources give the same bytes. What has not changed is not made again.',
    ja: 'カーネル、初期 RAM ディスク、ブートローダーを、Debian のパッケージ、固定版の Node、このプログラムから作ります。何もインストールしません。同じソースからは同じ内容ができます。変わっていないものは作り直しません。',
  },
  options: [
    {
      flags: '--out <DIR>',
      text: {
        en: 'folder of the files (default: NACRE_BOOT, then boot below NACRE_DATA)',
        ja: '出力フォルダー(既定: NACRE_BOOT、次に NACRE_DATA の下の boot)',
      },
    },
  ],
  example: 'nacre boot build --out /srv/boot',
  run: build,
};

export const BOOT_FAMILY: FamilySpec = {
  name: 'boot',
  summary: { en: 'what boots: the environment Merlin', ja: '起動するもの: 復元環境 Merlin' },
  commands: [BUILD, STATE, MEDIA],
};
