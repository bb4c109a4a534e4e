/** `nacre backup keep`: the files that a device gets back when its OS is made anew. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { KeptFile } from '../../codec/kept-files.ts';
import { NacreError } from '../../errors.ts';
import type { KeptSource } from '../../image/backup/kept-files.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { formatBytes, formatTable, printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';
import { BACKUP_PARTITION, backupPartitionOf } from './backup-options.ts';
import { SECTOR_SIZE, sectorSizeOf, YES } from './shared-options.ts';

const NONE: Phrase = { en: 'the device keeps no files\n', ja: '保持するファイルはありません\n' };
const MODE = 0o644;

/** The list as an administrator writes it: modes in octal, as chmod takes them. */
const listFile = z.array(
  z.strictObject({
    path: z.string(),
    from: z.string(),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/)
      .optional(),
    owner: z.int().min(0).optional(),
    group: z.int().min(0).optional(),
  }),
);

const parseList = (file: string, text: string): z.infer<typeof listFile> => {
  try {
    return listFile.parse(JSON.parse(text));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const where =
      issue === undefined ? 'JSON' : `${issue.path.join('.') || 'list'}: ${issue.message}`;
    const expected = `[{"path", "from", "mode", "owner", "group"}] (${where})`;
    throw new NacreError('CLI_BAD_VALUE', { what: '--from', value: file, expected }, { cause });
  }
};

/** Paths of `from` are relative to the list. @throws NacreError CLI_BAD_VALUE for what is no regular file */
const readList = async (file: string): Promise<readonly KeptSource[]> => {
  const sources = parseList(file, await readFile(file, 'utf8')).map((entry) => ({
    path: entry.path.replace(/^\/+/, ''),
    from: path.resolve(path.dirname(file), entry.from),
    mode: entry.mode === undefined ? MODE : Number.parseInt(entry.mode, 8),
    owner: entry.owner ?? 0,
    group: entry.group ?? 0,
  }));
  for (const { from } of sources) {
    if ((await stat(from)).isFile()) continue;
    throw new NacreError('CLI_BAD_VALUE', { what: 'from', value: from, expected: 'a file' });
  }
  return sources;
};

const listText = (files: readonly KeptFile[], language: Language): string => {
  if (files.length === 0) return NONE[language];
  const titles = [WORDS.path, WORDS.size, WORDS.mode, WORDS.owner];
  return formatTable(
    titles.map((title, index) => ({ title: title[language], isNumber: index === 1 })),
    files.map((file) => [
      printable(file.path),
      formatBytes(file.sizeBytes),
      file.mode.toString(8).padStart(4, '0'),
      `${file.owner}:${file.group}`,
    ]),
  );
};

const outcome = (files: readonly KeptFile[], language: Language): Outcome => ({
  json: { files },
  text: listText(files, language),
});

const wantedOf = async (call: Call): Promise<readonly KeptSource[] | undefined> => {
  const from = call.text('from');
  if (!call.isSet('none')) return from === undefined ? undefined : readList(from);
  if (from === undefined) return [];
  const facts = { what: '--from LIST | --none', command: 'nacre backup keep' };
  throw new NacreError('CLI_OPTION_NEEDED', facts);
};

const keep = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const wanted = await wantedOf(call);
  const choice = {
    path: call.parameter(0),
    sectorSize: sectorSizeOf(call),
    partition: backupPartitionOf(call),
  };
  const [{ openBackupOf }, { changeKeptFiles, readKeptFiles }] = await Promise.all([
    import('../../image/backup/backup.ts'),
    import('../../image/backup/kept-files.ts'),
  ]);
  if (wanted === undefined) {
    using backup = await openBackupOf(choice);
    return outcome(await readKeptFiles(backup), session.language);
  }
  const { findBackup } = await import('../../image/backup/backup-place.ts');
  const place = await findBackup(choice);
  const isBlockDevice = place.disk.kind !== 'file';
  const target = { path: choice.path, isBlockDevice, serial: place.disk.serial };
  await confirmTarget(session, target, call.text('yes'));
  session.throwIfCancelled('keep');
  return outcome(await changeKeptFiles(place, wanted), session.language);
};

export const KEEP: CommandSpec = {
  name: 'keep',
  parameters: '<DISK>',
  summary: {
    en: 'show or change the files that a device gets back when its OS is made anew',
    ja: 'OS を作り直した後に端末へ戻すファイルを表示・変更',
  },
  details: {
    en: 'Merlin puts them into the OS after each imaging and repair: a host name, keys, an agent. LIST is JSON: [{"path": "etc/hostname", "from": "hostname.txt", "mode": "0644", "owner": 0, "group": 0}], with "from" beside the list. It replaces what the device kept before; the OS that is there now is not touched.',
    ja: 'Merlin がイメージ書き込みと修復のたびに OS へ書き込みます(ホスト名、鍵、エージェントなど)。LIST は JSON です: [{"path": "etc/hostname", "from": "hostname.txt", "mode": "0644", "owner": 0, "group": 0}]("from" はリストからの相対パス)。以前の一覧を置き換えます。現在の OS は変更しません。',
  },
  options: [
    {
      flags: '--from <LIST>',
      text: { en: 'the new list', ja: '新しい一覧' },
    },
    {
      flags: '--none',
      text: { en: 'keep no files any longer', ja: '今後はファイルを保持しない' },
    },
    BACKUP_PARTITION,
    SECTOR_SIZE,
    YES,
  ],
  example: 'nacre backup keep /dev/sda\nnacre backup keep /dev/sda --from keep.json',
  run: keep,
};
