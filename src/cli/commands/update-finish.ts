/** `nacre update finish`: what was changed goes to the manager, and becomes the newest version. */
import os from 'node:os';
import { requireAtRest, sendUpdate } from '../../agent/update/send-update.ts';
import type { UpdatePlace } from '../../agent/update/update-place.ts';
import { guidOfUpdate, type UpdateInHand } from '../../agent/update/update-record.ts';
import { listDisks } from '../../disk/device.ts';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { creatorName } from '../creator.ts';
import { formatBytes, shortId } from '../format.ts';
import { at } from '../manager/api-path.ts';
import { managerOf, withLogin } from '../update/login.ts';
import { diskChoice, LOGIN_OPTIONS, PLACE_OPTIONS, placeOf } from '../update/options.ts';
import { showSeedProgress } from '../update/progress.ts';

const COMMAND = 'nacre update finish';
/** Of free memory, for digests that need not be sent. */
const KNOWN_SHARE = 0.25;

/** The disk that was changed: by name, where its record lies, or by its serial number. */
const diskOf = async (call: Call, place: UpdatePlace, update: UpdateInHand) => {
  const named = diskChoice(call);
  if (named !== undefined) return named;
  if (place.disk !== undefined) return place.disk;
  const { path = '', serial = '' } = update.disk ?? {};
  if (serial === '') return { path };
  const found = (await listDisks()).find((disk) => disk.serial === serial);
  if (found !== undefined) return { path: found.path };
  const reason = `no disk has the serial number ${serial}`;
  throw new NacreError('UPDATE_DISK_OTHER', { path, reason });
};

const finish = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const place = await placeOf(call);
  const record = await place.read();
  const { update } = record;
  if (update === null) throw new NacreError('UPDATE_NONE', { place: place.shown });
  const disk = await diskOf(call, place, update);
  await requireAtRest(disk.path, disk.sectorSize);
  const { finishedUpdate } = await import('../../manager/http/shapes/updates.ts');
  return withLogin(call, record, COMMAND, async (desk) => {
    const manager = managerOf(desk.address);
    const path = at('updates', update.id, 'finish');
    const body = { comment: call.text('comment') };
    const { token, update: held } = await desk.ask({ method: 'POST', path, body }, finishedUpdate);
    session.whenStopped({
      en: 'what has arrived stays at the manager; "nacre update finish" again goes on there',
      ja: '届いたデータはマネージャーに残っています。もう一度 "nacre update finish" を実行すると続きから始まります',
    });
    const sent = await sendUpdate({
      ...{ update: { ...update, manager }, token, creator: creatorName() },
      ...{ ...disk, knownLimitBytes: os.freemem() * KNOWN_SHARE, signal: session.signal },
      onOpen: (shown) =>
        session.note(
          session.text({
            en: `session opened at ${shown}`,
            ja: `${shown} とのセッションを確立しました`,
          }),
        ),
      onProgress: showSeedProgress(session),
    });
    await place.write({ ...record, manager, update: null });
    const name = `${sent.name}@${shortId(sent.id)}`;
    const size = formatBytes(sent.storedBytes);
    const text = session.text({
      en: `the update is complete: ${name}, ${size}, "${held.comment}"\n`,
      ja: `更新が完了しました: ${name}、${size}、「${held.comment}」\n`,
    });
    const { restoreModeBefore, terminal } = update;
    return {
      json: {
        ...{ ...sent, comment: held.comment, terminal, user: desk.user, restoreModeBefore },
        dataWriteGuid: guidOfUpdate(update),
      },
      text,
    };
  });
};

export const FINISH: CommandSpec = {
  name: 'finish',
  summary: { en: 'send what was changed as the newest version', ja: '変更を最新の版として送信' },
  details: {
    en: 'Runs in another system than the one that is changed: in Merlin, from a medium, or on a machine that has the disk. Reads the used blocks, and sends those that the manager lacks. Broken off, it goes on where it was when it is run again. The new version is the newest one when the manager has all of it and has verified it.',
    ja: '変更したシステムとは別のシステムで実行します(Merlin、媒体から起動したシステム、ディスクを接続した機械)。使用中のブロックを読み、マネージャーにないものを送ります。中断しても、もう一度実行すると続きから始まります。マネージャーがすべてを受け取り検証すると、新しい版が最新になります。',
  },
  options: [
    {
      flags: '--comment <TEXT>',
      text: {
        en: 'of the new version (default: updated at terminal NAME)',
        ja: '新しい版のコメント(既定: updated at terminal 端末名)',
      },
    },
    ...PLACE_OPTIONS,
    ...LOGIN_OPTIONS,
  ],
  example: 'nacre update finish --comment "summer updates" --user kim',
  run: finish,
};
