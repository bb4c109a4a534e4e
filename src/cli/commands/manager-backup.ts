/** `nacre manager backup` and `restore`: everything of a manager in one file. */
import { statSync } from 'node:fs';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes } from '../format.ts';
import { storePlaceOf } from './manager-places.ts';
import { DATA, dataFolderOf } from './pxe-places.ts';

const backup = async (call: Call): Promise<Outcome> => {
  const { backUp } = await import('../../manager/store/backup.ts');
  const file = call.parameter(0);
  await backUp(await storePlaceOf(call), file);
  const sizeBytes = statSync(file).size;
  const text = call.session.text({
    en: `${file}: ${formatBytes(sizeBytes)}. It holds the keys of the manager: keep it as safe as they are.\n`,
    ja: `${file}: ${formatBytes(sizeBytes)}。マネージャーの鍵を含みます。安全に保管してください。\n`,
  });
  return { json: { file, sizeBytes }, text };
};

const restore = async (call: Call): Promise<Outcome> => {
  const [{ restoreBackup }, { lockManagerFolder, makeManagerFolder, managerFiles }] =
    await Promise.all([
      import('../../manager/store/backup.ts'),
      import('../../manager/service/data-folder.ts'),
    ]);
  const files = managerFiles(dataFolderOf(call));
  await makeManagerFolder(files);
  const lock = lockManagerFolder(files, new Date());
  try {
    const options = { isReplaced: call.isSet('replace'), scratch: files.folder };
    const place = await storePlaceOf(call);
    const { kept } = await restoreBackup(call.parameter(0), place, options);
    const text = call.session.text({
      en: kept === undefined ? 'restored\n' : `restored; what was there before is now ${kept}\n`,
      ja:
        kept === undefined
          ? '復元しました\n'
          : `復元しました。以前のデータベースは ${kept} にあります\n`,
    });
    return { json: { kept: kept ?? null }, text };
  } finally {
    lock.close();
  }
};

export const MANAGER_BACKUP: CommandSpec = {
  name: 'backup',
  parameters: '<FILE>',
  summary: {
    en: 'write everything of the manager to one file',
    ja: 'マネージャーの全データを1つのファイルに保存',
  },
  details: {
    en: 'Works while the manager runs, from a file as from PostgreSQL, and does not change the data base. The file holds the keys of the manager. Images are not in it: "nacre store sync" copies those.',
    ja: 'マネージャーの動作中でも、ファイルでも PostgreSQL でも実行でき、データベースは変更しません。ファイルにはマネージャーの鍵が含まれます。イメージは含まれません("nacre store sync" でコピーしてください)。',
  },
  options: [DATA],
  example: 'nacre manager backup manager-2026-12-01.sqlite',
  run: backup,
};

export const MANAGER_RESTORE: CommandSpec = {
  name: 'restore',
  parameters: '<FILE>',
  summary: {
    en: 'put a backup in the place of the data base',
    ja: 'バックアップからデータベースを復元',
  },
  details: {
    en: 'The manager must not run. With --replace the data base that is there keeps another name beside it; one of PostgreSQL has to be empty. A backup of an older release is brought forward; one of SQLite goes into PostgreSQL and the other way round.',
    ja: 'マネージャーを停止してから実行してください。--replace を付けると、既存のファイルは別名で残ります。PostgreSQL の場合は空である必要があります。古い版のバックアップは新しい形式に変換され、SQLite と PostgreSQL の間でも移せます。',
  },
  options: [
    {
      flags: '--replace',
      text: { en: 'also where there is a data base', ja: '既存のデータベースを置き換える' },
    },
    DATA,
  ],
  example: 'nacre manager restore manager-2026-12-01.sqlite --replace',
  run: restore,
};
