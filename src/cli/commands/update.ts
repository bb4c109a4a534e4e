/** `nacre update`: an image is changed on a terminal, and the difference becomes a new version (spec T). */
import { findOwnDisk } from '../../agent/facts/own-disk.ts';
import type { UpdatePlace } from '../../agent/update/update-place.ts';
import {
  guidOfImage,
  guidOfUpdate,
  type UpdateInHand,
  type UpdateRecord,
} from '../../agent/update/update-record.ts';
import { inspectDisk } from '../../disk/device.ts';
import { firmwareText } from '../../disk/machine.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { openBackupOf } from '../../image/backup/backup.ts';
import { parseImageReference } from '../../image/store/image-reference.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { shortId } from '../format.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { type ManagerDesk, managerOf, withLogin } from '../update/login.ts';
import {
  diskChoice,
  LOGIN_OPTIONS,
  PLACE_OPTIONS,
  placeOf,
  terminalOf,
} from '../update/options.ts';
import { UPDATE_ADMIN_COMMANDS } from './update-admin.ts';
import { FINISH } from './update-finish.ts';

const shapes = () => import('../../manager/http/shapes/updates.ts');

/** The version that this terminal runs. */
interface Booted {
  readonly image: string;
  /** Hex digits, at least 8. */
  readonly base: string;
}

/** What the backup partition has as current. */
const bootedOfBackup = async ({ disk }: UpdatePlace): Promise<Booted | undefined> => {
  if (disk === undefined) return undefined;
  try {
    using backup = await openBackupOf(disk);
    const current = (await backup.generations()).find(({ isCurrent }) => isCurrent);
    return current && { image: current.name, base: current.id };
  } catch (reason) {
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

const bootedOf = async (call: Call, place: UpdatePlace): Promise<Booted> => {
  const given = call.text('image');
  if (given !== undefined) {
    const reference = parseImageReference(given);
    if ('idPrefix' in reference) return { image: reference.name, base: reference.idPrefix };
    const expected = 'NAME@ID, the version that this terminal was imaged with';
    throw new NacreError('CLI_BAD_VALUE', { what: '--image', value: given, expected });
  }
  const found = await bootedOfBackup(place);
  if (found !== undefined) return found;
  throw new NacreError('CLI_OPTION_NEEDED', { what: '--image', command: 'nacre update start' });
};

/** The disk that is changed, as a record in a folder has to name it. */
const changedDisk = async (call: Call, place: UpdatePlace): Promise<UpdateInHand['disk']> => {
  if (place.disk !== undefined) return null;
  const path = diskChoice(call)?.path ?? (await findOwnDisk({}));
  if (path === undefined)
    throw new NacreError('CLI_OPTION_NEEDED', { what: '--disk', command: 'nacre update start' });
  return { path, serial: (await inspectDisk(path)).serial };
};

/** Whether the manager still holds the image for what is remembered here. @throws NacreError UPDATE_ALREADY */
const requireOver = async ({ ask }: ManagerDesk, { update }: UpdateRecord): Promise<void> => {
  if (update === null) return;
  const { updateShape } = await shapes();
  try {
    const known = await ask({ method: 'GET', path: at('updates', update.id) }, updateShape);
    if (known.endedAt !== null) return;
  } catch (reason) {
    if (isNacreError(reason, 'MANAGER_NOT_FOUND')) return;
    throw reason;
  }
  const { terminal, image, startedAt: since } = update;
  throw new NacreError('UPDATE_ALREADY', { terminal, image, since });
};

const RESTORE_MODE: Record<UpdateInHand['restoreModeBefore'], Phrase> = {
  on: { en: 'restore is switched off', ja: '復元を無効にしました' },
  off: { en: 'restore was off already', ja: '復元はすでに無効です' },
  none: {
    en: 'this disk has no write cache: what is changed stays',
    ja: 'このディスクにはライトキャッシュがありません。変更はそのまま残ります',
  },
};

const start = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const place = await placeOf(call);
  const record = await place.read();
  const { image, base } = await bootedOf(call, place);
  const disk = await changedDisk(call, place);
  const terminal = terminalOf(call);
  return withLogin(call, record, 'nacre update start', async (desk) => {
    await requireOver(desk, record);
    const manager = managerOf(desk.address);
    // Before the manager holds anything: a record that cannot be kept is told now.
    await place.write({ ...record, manager, update: null });
    const { updateShape } = await shapes();
    const body = { image, base, terminal };
    const held = await desk.ask({ method: 'POST', path: '/updates', body }, updateShape);
    const restoreModeBefore = 'none';
    const machine = await firmwareText('product_uuid');
    const times = { startedAt: held.startedAt, machine };
    const update: UpdateInHand = {
      ...{ id: held.id, image, base: held.base, terminal, manager, restoreModeBefore, disk },
      ...times,
    };
    try {
      await place.write({ ...record, manager, update });
    } catch (reason) {
      // Nobody would know of it here.
      await desk.ask({ method: 'POST', path: at('updates', held.id, 'cancel') }, updateShape);
      throw reason;
    }
    session.note(session.text(RESTORE_MODE[restoreModeBefore]));
    const name = `${image}@${shortId(held.base)}`;
    const text = session.text({
      en: `update of ${name} started\n`,
      ja: `${name} の更新を開始しました\n`,
    });
    return { json: { ...shown(update), terminal, server: manager.url }, text };
  });
};

/** `show --json` of cli.md. */
const shown = (update: UpdateInHand) => ({
  updating: true,
  diskId: guidOfImage(update.image),
  dataWriteGuid: guidOfUpdate(update),
  restoreModeBefore: update.restoreModeBefore,
  since: update.startedAt,
  image: update.image,
  base: update.base,
});

const MODES: Record<UpdateInHand['restoreModeBefore'], Phrase> = {
  on: { en: 'on', ja: '有効' },
  off: { en: 'off', ja: '無効' },
  none: { en: 'none (no write cache)', ja: 'なし(ライトキャッシュなし)' },
};

const show = async (call: Call): Promise<Outcome> => {
  const { update, manager } = await (await placeOf(call)).read();
  const { session } = call;
  if (update === null) {
    const json = {
      ...{ updating: false, diskId: null, dataWriteGuid: null, restoreModeBefore: null },
      ...{ since: null, server: manager?.url ?? null },
    };
    return { json, text: session.text({ en: 'not updating\n', ja: '更新中ではありません\n' }) };
  }
  const { diskId, dataWriteGuid, since, image, base } = shown(update);
  const { terminal, restoreModeBefore } = update;
  const rows: readonly (readonly [Phrase, string])[] = [
    [{ en: 'image', ja: 'イメージ' }, `${image}@${shortId(base)}`],
    [{ en: 'image id', ja: 'ディスク ID' }, diskId],
    [{ en: 'write id', ja: 'DataWriteGuid' }, dataWriteGuid],
    [
      { en: 'restore mode before', ja: '更新前の復元モード' },
      session.text(MODES[restoreModeBefore]),
    ],
    [{ en: 'terminal', ja: '端末' }, terminal],
    [{ en: 'manager', ja: 'マネージャー' }, update.manager.url],
    [{ en: 'since', ja: '開始' }, since],
  ];
  const head = session.text({ en: 'updating', ja: '更新中です' });
  const lines = rows.map(([name, value]) => `  ${session.text(name)}: ${value}`);
  const json = { ...shown(update), terminal, server: update.manager.url };
  return { json, text: `${head}\n${lines.join('\n')}\n` };
};

/** Ends the session at the manager; one that is over there already is no reason to keep it here. */
const endAtManager = async ({ ask }: ManagerDesk, { id }: UpdateInHand): Promise<void> => {
  const { updateShape } = await shapes();
  try {
    await ask({ method: 'POST', path: at('updates', id, 'cancel') }, updateShape);
  } catch (reason) {
    const isGone = isNacreError(reason, 'MANAGER_NOT_FOUND');
    if (!isGone && !isNacreError(reason, 'UPDATE_STATE')) throw reason;
    if (isGone) return;
    const known = await ask({ method: 'GET', path: at('updates', id) }, updateShape);
    if (known.endedAt === null) throw reason;
  }
};

const cancel = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const place = await placeOf(call);
  const record = await place.read();
  const { update } = record;
  if (update === null) throw new NacreError('UPDATE_NONE', { place: place.shown });
  return withLogin(call, record, 'nacre update cancel', async (desk) => {
    await endAtManager(desk, update);
    await place.write({ ...record, manager: managerOf(desk.address), update: null });
    const version = `${update.image}@${shortId(update.base)}`;
    session.note(
      session.text({
        en: `what was changed is still on the disk; "nacre image restore ${version} DISK", or imaging this terminal, takes it back`,
        ja: `変更はまだディスクに残っています。"nacre image restore ${version} DISK" またはこの端末のイメージングで元に戻ります`,
      }),
    );
    const text = session.text({ en: 'the update was stopped\n', ja: '更新を中止しました\n' });
    return { json: { image: update.image, base: update.base, areChangesDropped: false }, text };
  });
};

const clearUrl = async (call: Call): Promise<Outcome> => {
  const place = await placeOf(call);
  const record = await place.read();
  if (record.manager !== null) await place.write({ ...record, manager: null });
  const { session } = call;
  const text = session.text({ en: 'the URL is forgotten\n', ja: 'URL を消去しました\n' });
  return { json: { server: null, forgotten: record.manager?.url ?? null }, text };
};

const TERMINAL = {
  flags: '--terminal <NAME>',
  text: { en: 'name of this terminal (default: host name)', ja: '端末名(既定: ホスト名)' },
};

const START: CommandSpec = {
  name: 'start',
  summary: {
    en: 'begin to change the image of this terminal',
    ja: 'この端末のイメージの更新を開始',
  },
  details: {
    en: 'The terminal has to run the newest version, and no other terminal may be changing the image. Asks for the URL of the manager (once), user and password. Then work on the terminal as usual, restart it as often as needed, and run "nacre update finish" from another system, such as Merlin.',
    ja: '端末は最新の版で起動している必要があり、同じイメージを別の端末で更新中であってはなりません。マネージャーの URL(初回のみ)、ユーザー名、パスワードを尋ねます。その後は通常どおり作業し(再起動も可)、Merlin など別のシステムから "nacre update finish" を実行します。',
  },
  options: [
    {
      flags: '--image <NAME@ID>',
      text: {
        en: 'the version that this terminal was imaged with (default: the current one of its backup partition)',
        ja: 'この端末の版(既定: バックアップ区画の現在の版)',
      },
    },
    TERMINAL,
    {
      flags: '--now',
      text: {
        en: 'from now on, and not from the next start; a disk without a write cache knows no difference',
        ja: '次回起動時ではなく今から有効。ライトキャッシュのないディスクでは違いなし',
      },
    },
    ...PLACE_OPTIONS,
    ...LOGIN_OPTIONS,
  ],
  example: 'nacre update start --url https://192.168.10.11:30806/ --user kim',
  run: start,
};

const CANCEL: CommandSpec = {
  name: 'cancel',
  summary: { en: 'give the update up', ja: '更新を中止' },
  details: {
    en: 'The image is free for others again. What was changed stays on a disk without a write cache until it is imaged.',
    ja: 'イメージは他の端末で更新できるようになります。ライトキャッシュのないディスクの変更は、イメージングするまで残ります。',
  },
  options: [...PLACE_OPTIONS, ...LOGIN_OPTIONS],
  example: 'nacre update cancel --user kim',
  run: cancel,
};

const SHOW: CommandSpec = {
  name: 'show',
  summary: { en: 'whether this terminal is being updated', ja: 'この端末の更新状態を表示' },
  options: [...PLACE_OPTIONS],
  example: 'nacre update show',
  run: show,
};

const clearUrlNamed = (name: string): CommandSpec => ({
  name,
  summary: { en: 'forget the URL of the manager', ja: 'マネージャーの URL を消去' },
  options: [...PLACE_OPTIONS],
  example: `nacre update ${name}`,
  run: clearUrl,
});

export const UPDATE_FAMILY: FamilySpec = {
  name: 'update',
  summary: { en: 'change an image on a terminal', ja: '端末でイメージを更新' },
  commands: [
    ...[START, FINISH, CANCEL, SHOW, clearUrlNamed('clearUrl'), clearUrlNamed('clear-url')],
    ...UPDATE_ADMIN_COMMANDS,
  ],
};
