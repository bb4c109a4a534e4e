/** `nacre disk undo`: puts a saved partition table back. */
import os from 'node:os';
import type { OpenDisk } from '../../disk/device.ts';
import type { SavedTable } from '../../disk/saved-table.ts';
import { NacreError } from '../../errors.ts';
import type { DiskPartition } from '../../image/disk-partitions.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import type { Phrase } from '../language.ts';
import { type DiskPlan, planText } from '../plan-text.ts';
import { DRY_RUN, SECTOR_SIZE, sectorSizeOf, YES } from './shared-options.ts';

const STOPPED: Phrase = {
  en: 'the table may be written in part; run the same command again to finish',
  ja: 'テーブルが途中まで書かれている可能性があります。もう一度実行すると完了します',
};

/** Entries of the present table that the saved one does not have at the same place. */
const lostOf = (
  before: readonly DiskPartition[],
  after: readonly DiskPartition[],
): readonly string[] =>
  before
    .filter(
      ({ startBytes, sizeBytes }) =>
        !after.some((row) => row.startBytes === startBytes && row.sizeBytes === sizeBytes),
    )
    .map((row) => `table entry ${row.number} (${row.fileSystem}, ${row.sizeBytes} bytes)`);

const makePlan = async (disk: OpenDisk, saved: SavedTable): Promise<DiskPlan> => {
  const [{ planUndo }, { tableOfSaved }, { readTable }, { describePartitions }] = await Promise.all(
    [
      import('../../disk/table-undo.ts'),
      import('../../disk/saved-table-preview.ts'),
      import('../../disk/partition-table.ts'),
      import('../../image/disk-partitions.ts'),
    ],
  );
  const steps = planUndo(disk, saved);
  const present = await readTable(disk, { allowDamaged: true });
  const before = await describePartitions(disk, present.table);
  const after = await describePartitions(disk, await tableOfSaved(saved, os.tmpdir()));
  const writeBytes = steps.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { before, after, lost: lostOf(before, after), writeBytes };
};

const undo = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const path = call.parameter(0);
  const file = call.text('from');
  if (file === undefined) {
    const facts = { what: '--from FILE', command: 'nacre disk undo' };
    throw new NacreError('CLI_OPTION_NEEDED', facts);
  }
  const [{ checkWritable, openForRead, openForWrite }, { readSavedTable }, { applyUndo }] =
    await Promise.all([
      import('../../disk/device.ts'),
      import('../../disk/saved-table.ts'),
      import('../../disk/table-undo.ts'),
    ]);
  const saved = await readSavedTable(file);
  const sectorSize = sectorSizeOf(call) ?? saved.disk.sectorSize;
  using present = await openForRead(path, { sectorSize });
  const { info } = present;
  checkWritable(path, info, { sectorSize });
  const plan = await makePlan(present, saved);
  const text = planText(info, plan, session.language);
  if (call.isSet('dryRun')) return { json: { plan }, text };
  session.note(text);
  const isBlockDevice = info.kind !== 'file';
  await confirmTarget(session, { path, isBlockDevice, serial: info.serial }, call.text('yes'));
  session.throwIfCancelled('undo');
  session.whenStopped(STOPPED);
  using disk = await openForWrite(path, { sectorSize, expected: info });
  await applyUndo(disk, saved);
  const done = session.text({
    en: `put back the table that was saved at ${saved.createdAt}\n`,
    ja: `${saved.createdAt} に保存されたテーブルを戻しました\n`,
  });
  const document = { writtenBytes: plan.writeBytes, partitions: plan.after, from: file };
  return { json: document, text: done };
};

export const UNDO: CommandSpec = {
  name: 'undo',
  parameters: '<DISK>',
  summary: {
    en: 'put a saved partition table back',
    ja: '保存されたパーティションテーブルを戻す',
  },
  details: {
    en: 'Only on the disk that it was saved from. Commands that replace a table save it to ./DISKNAME-TIME.nacre-table first. The content of partitions is not touched.',
    ja: '保存元と同じディスクにだけ戻せます。テーブルを置き換えるコマンドは、先に ./DISKNAME-TIME.nacre-table に保存します。パーティションの中身は変更しません。',
  },
  options: [
    {
      flags: '--from <FILE>',
      text: { en: 'the saved table', ja: '保存されたテーブルのファイル' },
    },
    SECTOR_SIZE,
    DRY_RUN,
    YES,
  ],
  example: 'nacre disk undo /dev/sdb --from sdb-20261121T140312.345Z.nacre-table',
  run: undo,
};
