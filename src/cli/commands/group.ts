/** `nacre group` and `nacre join-code`, over the API of a manager. */
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatTable, formatTime } from '../format.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { findDevice } from '../manager/find-device.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { WORDS } from '../words.ts';
import { ROLLOUT_COMMANDS } from './group-rollout.ts';

const MOST_USES = 10_000;
const MOST_HOURS = 24 * 90;
const NOTE: Phrase = { en: 'note', ja: 'メモ' };
const WISH: Phrase = { en: 'is to run', ja: '指定イメージ' };
const DEVICES: Phrase = { en: 'devices', ja: '端末数' };

const shapes = () => import('../../manager/http/shapes/devices.ts');

const list = async (call: Call): Promise<Outcome> => {
  const { groupShape } = await shapes();
  const groups = await (await openClient(call)).list('/groups', groupShape);
  const { language } = call.session;
  const columns = [
    { title: WORDS.name[language] },
    { title: DEVICES[language], isNumber: true },
    { title: WISH[language] },
    { title: NOTE[language] },
  ];
  const rows = groups.map(({ name, devices, image, rolloutState, note }) => [
    ...[name, String(devices), [image, rolloutState].filter((word) => word !== null).join(' ')],
    note,
  ]);
  return { json: { groups }, text: formatTable(columns, rows) };
};

const add = async (call: Call): Promise<Outcome> => {
  const { groupShape } = await shapes();
  const body = { name: call.parameter(0), note: call.text('note') ?? '' };
  const client = await openClient(call);
  return {
    json: await client.ask({ method: 'POST', path: '/groups', body }, groupShape),
    text: '',
  };
};

const remove = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('groups', name) });
  return { json: { name }, text: '' };
};

const move =
  (method: 'PUT' | 'DELETE') =>
  async (call: Call): Promise<Outcome> => {
    const client = await openClient(call);
    const { id } = await findDevice(client, call.parameter(1));
    const { deviceShape } = await shapes();
    const path = at('groups', call.parameter(0), 'devices', id);
    return { json: await client.ask({ method, path }, deviceShape), text: '' };
  };

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'groups and how many devices are in them', ja: 'グループと端末数の一覧' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group list',
  run: list,
};

const ADD: CommandSpec = {
  name: 'add',
  parameters: '<NAME>',
  summary: { en: 'add a group', ja: 'グループを追加' },
  options: [{ flags: '--note <TEXT>', text: { en: 'a note', ja: 'メモ' } }, ...CLIENT_OPTIONS],
  example: 'nacre group add lab-2',
  run: add,
};

const REMOVE: CommandSpec = {
  name: 'remove',
  parameters: '<NAME>',
  summary: { en: 'remove a group; its devices stay', ja: 'グループを削除(端末は残る)' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group remove lab-2',
  run: remove,
};

const JOIN: CommandSpec = {
  name: 'join',
  parameters: '<NAME> <DEVICE>',
  summary: { en: 'put a device into a group', ja: '端末をグループに入れる' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group join lab-2 lab-pc-07',
  run: move('PUT'),
};

const LEAVE: CommandSpec = {
  name: 'leave',
  parameters: '<NAME> <DEVICE>',
  summary: { en: 'take a device out of a group', ja: '端末をグループから外す' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group leave lab-2 lab-pc-07',
  run: move('DELETE'),
};

export const GROUP_FAMILY: FamilySpec = {
  name: 'group',
  summary: { en: 'groups of devices', ja: '端末のグループ' },
  commands: [LIST, ADD, REMOVE, JOIN, LEAVE, ...ROLLOUT_COMMANDS],
};

const CODE_COLUMNS: readonly Phrase[] = [
  WORDS.id,
  NOTE,
  { en: 'group', ja: 'グループ' },
  { en: 'uses left', ja: '残り回数' },
  { en: 'ends', ja: '期限' },
  { en: 'made by', ja: '作成者' },
];

const listCodes = async (call: Call): Promise<Outcome> => {
  const { joinCodeShape } = await shapes();
  const joinCodes = await (await openClient(call)).list('/join-codes', joinCodeShape);
  const rows = joinCodes.map((code) => [
    code.id,
    code.note,
    code.group ?? '',
    String(code.usesLeft),
    formatTime(code.expiresAt),
    code.createdBy,
  ]);
  const columns = CODE_COLUMNS.map((title) => ({ title: title[call.session.language] }));
  return { json: { joinCodes }, text: formatTable(columns, rows) };
};

const makeCode = async (call: Call): Promise<Outcome> => {
  const { madeJoinCode } = await shapes();
  const body = {
    note: call.text('note') ?? '',
    group: call.text('group'),
    uses: call.number('uses', 1, MOST_USES) ?? 1,
    hours: call.number('hours', 1, MOST_HOURS) ?? 24,
  };
  const client = await openClient(call);
  const made = await client.ask({ method: 'POST', path: '/join-codes', body }, madeJoinCode);
  return { json: made, text: `${made.code}\n` };
};

const removeCode = async (call: Call): Promise<Outcome> => {
  const id = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('join-codes', id) });
  return { json: { id }, text: '' };
};

const LIST_CODES: CommandSpec = {
  name: 'list',
  summary: { en: 'join codes, without the codes', ja: '参加コードの一覧(コード自体は表示しない)' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre join-code list',
  run: listCodes,
};

const MAKE_CODE: CommandSpec = {
  name: 'make',
  summary: { en: 'make a code by which devices come in', ja: '端末を承認する参加コードを作成' },
  details: {
    en: 'Prints the code, which is shown only now. A device that gives it is approved at once, unless it says of itself what another one says.',
    ja: 'コードを一度だけ表示します。このコードを示した端末は、他の端末と重複しない限り直ちに承認されます。',
  },
  options: [
    {
      flags: '--uses <N>',
      text: { en: 'for that many devices (default: 1)', ja: '端末の数(既定: 1)' },
    },
    { flags: '--hours <N>', text: { en: 'until it ends (default: 24)', ja: '有効時間(既定: 24)' } },
    { flags: '--group <NAME>', text: { en: 'group that they come into', ja: '入れるグループ' } },
    { flags: '--note <TEXT>', text: { en: 'what it is for', ja: '用途のメモ' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre join-code make --uses 30 --group lab-2 --hours 8',
  run: makeCode,
};

const REMOVE_CODE: CommandSpec = {
  name: 'remove',
  parameters: '<ID>',
  summary: { en: 'end a join code', ja: '参加コードを削除' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre join-code remove 6f1f3c0e-5c1d-4a53-9d3b-0d9c1f0c5a11',
  run: removeCode,
};

export const JOIN_CODE_FAMILY: FamilySpec = {
  name: 'join-code',
  summary: { en: 'codes by which devices come in', ja: '端末の参加コード' },
  commands: [LIST_CODES, MAKE_CODE, REMOVE_CODE],
};
