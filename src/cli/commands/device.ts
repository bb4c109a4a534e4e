/** `nacre device`: devices of a manager, over its API. */
import { readFile } from 'node:fs/promises';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, FamilySpec, OptionSpec, Outcome } from '../command.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { findDevice } from '../manager/find-device.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { HINT_COMMANDS } from './device-hints.ts';
import { HISTORY, INVENTORY } from './device-report.ts';
import { DEVICE, devicesText, deviceText } from './device-words.ts';

const shapes = () => import('../../manager/http/shapes/devices.ts');

const list = async (call: Call): Promise<Outcome> => {
  const { deviceShape, stateSchema } = await shapes();
  const state = call.text('state');
  if (state !== undefined && !stateSchema.safeParse(state).success) {
    const expected = stateSchema.options.join(' | ');
    throw new NacreError('CLI_BAD_VALUE', { what: '--state', value: state, expected });
  }
  const query = {
    ...{ state, group: call.text('group'), tag: call.text('tag'), search: call.text('search') },
  };
  const devices = await (await openClient(call)).list('/devices', deviceShape, query);
  return { json: { devices }, text: devicesText(devices, call.session.language) };
};

const show = async (call: Call): Promise<Outcome> => {
  const device = await findDevice(await openClient(call), call.parameter(0));
  return { json: device, text: deviceText(device, call.session.language) };
};

const DONE: Readonly<Record<'approved' | 'held' | 'revoked', Phrase>> = {
  approved: { en: '{name} is approved\n', ja: '{name} を承認しました\n' },
  held: { en: '{name} is held\n', ja: '{name} を保留にしました\n' },
  revoked: {
    en: '{name} is revoked: its key counts for nothing\n',
    ja: '{name} を失効させました\n',
  },
};

const decide =
  (state: 'approved' | 'held' | 'revoked') =>
  async (call: Call): Promise<Outcome> => {
    const client = await openClient(call);
    const { id } = await findDevice(client, call.parameter(0));
    const { deviceShape } = await shapes();
    const wish = { method: 'PUT', path: at('devices', id, 'state'), body: { state } } as const;
    const device = await client.ask(wish, deviceShape);
    return { json: device, text: call.session.text(DONE[state]).replace('{name}', device.name) };
  };

const describe = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { id } = await findDevice(client, call.parameter(0));
  const tags = call.list('tag');
  const body = {
    ...{ name: call.text('name'), note: call.text('note') },
    ...(tags.length === 0 && !call.isSet('untagged') ? {} : { tags }),
  };
  const { deviceShape } = await shapes();
  const device = await client.ask({ method: 'PATCH', path: at('devices', id), body }, deviceShape);
  return { json: device, text: deviceText(device, call.session.language) };
};

const forget = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { id, name } = await findDevice(client, call.parameter(0));
  await client.tell({ method: 'DELETE', path: at('devices', id) });
  return { json: { id, name }, text: '' };
};

const importList = async (call: Call): Promise<Outcome> => {
  const csv = await readFile(call.parameter(0), 'utf8');
  const { deviceListReport } = await shapes();
  const client = await openClient(call);
  const wish = { method: 'POST', path: '/device-lists', body: { csv } } as const;
  const report = await client.ask(wish, deviceListReport);
  const text = call.session.text({
    en: `${report.rows} rows: ${report.present} devices were there, ${report.waiting} are let in when they appear\n`,
    ja: `${report.rows} 行: 既存の端末 ${report.present} 台、接続時に承認 ${report.waiting} 台\n`,
  });
  return { json: report, text };
};

const FILTERS: readonly OptionSpec[] = [
  {
    flags: '--state <STATE>',
    text: {
      en: 'pending, approved, held or revoked',
      ja: 'pending、approved、held、revoked のいずれか',
    },
  },
  { flags: '--group <NAME>', text: { en: 'those of a group', ja: 'グループ内の端末' } },
  { flags: '--tag <TAG>', text: { en: 'those with a tag', ja: 'タグの付いた端末' } },
  {
    flags: '--search <TEXT>',
    text: {
      en: 'part of a name, note, serial, MAC, tag',
      ja: '名前・メモ・シリアル番号・MAC・タグの一部',
    },
  },
];

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'devices, and who waits for approval', ja: '端末と承認待ちの一覧' },
  options: [...FILTERS, ...CLIENT_OPTIONS],
  example: 'nacre device list --state pending',
  run: list,
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '<DEVICE>',
  summary: { en: 'what is known of a device', ja: '端末の詳細を表示' },
  details: DEVICE,
  options: [...CLIENT_OPTIONS],
  example: 'nacre device show lab-pc-07',
  run: show,
};

const decision = (
  name: 'approve' | 'hold' | 'revoke',
  state: 'approved' | 'held' | 'revoked',
  summary: Phrase,
  details: Phrase,
): CommandSpec => ({
  name,
  parameters: '<DEVICE>',
  summary,
  details: { en: `${details.en} ${DEVICE.en}`, ja: `${details.ja}${DEVICE.ja}` },
  options: [...CLIENT_OPTIONS],
  example: `nacre device ${name} lab-pc-07`,
  run: decide(state),
});

const APPROVE = decision(
  'approve',
  'approved',
  { en: 'let a device in', ja: '端末を承認' },
  {
    en: 'Compare the fingerprint with the one that the device shows. A device that is held or revoked is let in too: you have looked at it.',
    ja: '端末に表示された指紋と照合してください。保留中や失効した端末も承認されます。',
  },
);
const HOLD = decision(
  'hold',
  'held',
  { en: 'keep a device out until it is looked at', ja: '端末を保留' },
  { en: 'Nothing is given to it meanwhile.', ja: 'その間、端末には何も渡しません。' },
);
const REVOKE = decision(
  'revoke',
  'revoked',
  { en: 'let the key of a device count for nothing', ja: '端末の鍵を失効' },
  { en: 'For a device that was lost or stolen.', ja: '紛失や盗難の際に使用します。' },
);

const SET: CommandSpec = {
  name: 'set',
  parameters: '<DEVICE>',
  summary: { en: 'name, note and tags of a device', ja: '端末の名前・メモ・タグを設定' },
  details: DEVICE,
  options: [
    { flags: '--name <NAME>', text: { en: 'another name', ja: '新しい名前' } },
    { flags: '--note <TEXT>', text: { en: 'a note', ja: 'メモ' } },
    {
      flags: '--tag <TAG>',
      isRepeatable: true,
      text: { en: 'its tags from now on; repeatable', ja: '今後のタグ(複数指定可)' },
    },
    { flags: '--untagged', text: { en: 'no tags', ja: 'タグなし' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre device set 52:54:00:12:34:56 --name lab-pc-07 --tag window',
  run: describe,
};

const FORGET: CommandSpec = {
  name: 'forget',
  parameters: '<DEVICE>',
  summary: { en: 'remove all that is known of a device', ja: '端末の記録を削除' },
  details: {
    en: `When it checks in again it is a new one, and waits for approval. ${DEVICE.en}`,
    ja: `再び接続すると新しい端末として承認待ちになります。${DEVICE.ja}`,
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre device forget lab-pc-07',
  run: forget,
};

const IMPORT: CommandSpec = {
  name: 'import',
  parameters: '<FILE>',
  summary: { en: 'approve devices by a list, before they appear', ja: '一覧(CSV)による事前承認' },
  details: {
    en: 'A CSV file; its first line names some of name, fingerprint, uuid, serial, mac, group, tags. Groups are made. Devices that wait already are approved; held and revoked ones are not.',
    ja: 'CSV ファイルの1行目に name、fingerprint、uuid、serial、mac、group、tags のいずれかを書きます。グループは作成されます。承認待ちの端末は承認されますが、保留・失効の端末は変わりません。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre device import lab-2.csv',
  run: importList,
};

export const DEVICE_FAMILY: FamilySpec = {
  name: 'device',
  summary: { en: 'devices of the manager', ja: 'マネージャーの端末' },
  commands: [
    ...[LIST, SHOW, INVENTORY, HISTORY, APPROVE, HOLD, REVOKE, SET, FORGET, IMPORT],
    ...HINT_COMMANDS,
  ],
};
