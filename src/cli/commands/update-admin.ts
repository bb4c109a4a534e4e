/** `nacre update list`, `release`, `extend`: updates as the manager has them. */
import { NacreError } from '../../errors.ts';
import type { Update } from '../../manager/updates/update.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import type { ManagerClient } from '../manager/client.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';

const shapes = () => import('../../manager/http/shapes/updates.ts');

const STATES: Readonly<Record<Update['state'], Phrase>> = {
  started: { en: 'started', ja: '開始' },
  uploading: { en: 'uploading', ja: '送信中' },
  verifying: { en: 'verifying', ja: '検証中' },
  done: { en: 'done', ja: '完了' },
  cancelled: { en: 'cancelled', ja: '中止' },
  released: { en: 'released', ja: '解除' },
  expired: { en: 'expired', ja: '期限切れ' },
};

const TITLES: readonly Phrase[] = [
  { en: 'image', ja: 'イメージ' },
  { en: 'state', ja: '状態' },
  { en: 'terminal', ja: '端末' },
  { en: 'user', ja: 'ユーザー' },
  { en: 'since', ja: '開始' },
  { en: 'version', ja: '版' },
  { en: 'difference', ja: '差分' },
  { en: 'comment', ja: 'コメント' },
];

const tableOf = (updates: readonly Update[], language: Language): string =>
  formatTable(
    TITLES.map((title) => ({ title: title[language] })),
    updates.map((each) => [
      ...[`${each.image}@${shortId(each.base)}`, STATES[each.state][language]],
      ...[each.terminal, each.user, each.startedAt],
      ...[each.version === null ? '' : shortId(each.version)],
      ...[each.storedBytes === null ? '' : formatBytes(each.storedBytes)],
      each.comment,
    ]),
  );

const list = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { updateShape } = await shapes();
  const query = { image: call.text('image'), held: call.isSet('held') ? 'true' : undefined };
  const updates = await client.list('/updates', updateShape, query);
  return { json: { updates }, text: tableOf(updates, call.session.language) };
};

/** The update that holds an image. @throws NacreError MANAGER_NOT_FOUND */
const heldOf = async (client: ManagerClient, image: string): Promise<string> => {
  const { updateShape } = await shapes();
  const [held] = await client.list('/updates', updateShape, { image, held: 'true' });
  if (held !== undefined) return held.id;
  throw new NacreError('MANAGER_NOT_FOUND', { what: 'update of the image', name: image });
};

const decide =
  (what: 'release' | 'extend') =>
  async (call: Call): Promise<Outcome> => {
    const client = await openClient(call);
    const { updateShape } = await shapes();
    const path = at('updates', await heldOf(client, call.parameter(0)), what);
    const update = await client.ask({ method: 'POST', path }, updateShape);
    const { image, terminal, expiresAt } = update;
    const texts: Record<typeof what, Phrase> = {
      release: {
        en: `${image} is free; what was changed at ${terminal} stays there\n`,
        ja: `${image} を解除しました。${terminal} の変更は端末に残っています\n`,
      },
      extend: {
        en: `${image} is held for ${terminal} until ${expiresAt}\n`,
        ja: `${image} は ${expiresAt} まで ${terminal} に割り当てられています\n`,
      },
    };
    return { json: update, text: texts[what][call.session.language] };
  };

export const UPDATE_ADMIN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'list',
    summary: { en: 'updates, the newest first', ja: '更新の一覧(新しい順)' },
    options: [
      { flags: '--held', text: { en: 'those that are not over', ja: '終了していないもの' } },
      { flags: '--image <NAME>', text: { en: 'those of an image', ja: 'イメージの更新' } },
      ...CLIENT_OPTIONS,
    ],
    example: 'nacre update list --held',
    run: list,
  },
  {
    name: 'release',
    parameters: '<IMAGE>',
    summary: {
      en: 'take an image from a terminal that does not come back',
      ja: '戻らない端末からイメージを解除',
    },
    details: {
      en: 'For administrators. The terminal cannot finish any more; what was changed stays on its disk.',
      ja: '管理者用です。その端末は完了できなくなりますが、変更はディスクに残ります。',
    },
    options: [...CLIENT_OPTIONS],
    example: 'nacre update release lab-pc',
    run: decide('release'),
  },
  {
    name: 'extend',
    parameters: '<IMAGE>',
    summary: { en: 'wait two more weeks for a terminal', ja: '端末の更新期限を2週間延長' },
    options: [...CLIENT_OPTIONS],
    example: 'nacre update extend lab-pc',
    run: decide('extend'),
  },
];
