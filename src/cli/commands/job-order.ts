/** `nacre job plan` and `job make`: what is to be done, on which devices, and when. */
import { NacreError } from '../../errors.ts';
import { byteSize } from '../byte-size.ts';
import {
  type Call,
  type CommandSpec,
  type OptionSpec,
  type Outcome,
  wholeNumber,
} from '../command.ts';
import { askToType } from '../confirm.ts';
import type { Phrase } from '../language.ts';
import type { ManagerClient } from '../manager/client.ts';
import { findDevice } from '../manager/find-device.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import {
  isNetworkOrder,
  makeNetworkOrder,
  NETWORK_OPTIONS,
  planNetworkOrder,
} from './job-network.ts';
import { devicePlansText, type Plan, planText } from './job-words.ts';

const shapes = () => import('../../manager/http/shapes/jobs.ts');

const LONGEST_HEALTH_SECONDS = 604_800;

const badValue = (what: string, value: string, expected: string): NacreError =>
  new NacreError('CLI_BAD_VALUE', { what, value, expected });

const kindOf = (call: Call): 'bi' | 'pi' | 'bi-pi' => {
  const [bi, pi] = [call.isSet('bi'), call.isSet('pi')];
  if (bi && pi) return 'bi-pi';
  if (bi || pi) return bi ? 'bi' : 'pi';
  throw badValue('--bi --pi', '', '--bi, --pi, or both; --convert; --capture NAME');
};

const imageOf = (call: Call): string => {
  const image = call.text('package');
  if (image === undefined) throw badValue('--package', '', 'NAME, NAME:LABEL or NAME@ID');
  return image;
};

const selectionOf = async (call: Call, client: ManagerClient) => {
  const names = call.list('device');
  const [groups, tags] = [[...call.list('group')], [...call.list('tag')]];
  const isAll = call.isSet('all');
  if (!isAll && names.length + groups.length + tags.length === 0)
    throw badValue('--device', '', '--device, --group, --tag or --all');
  const devices: string[] = [];
  for (const name of names) devices.push((await findDevice(client, name)).id);
  return { devices, groups, tags, isAll };
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/;

/** `--window`. */
export const windowOf = (call: Call) => {
  const window = call.text('window');
  if (window === undefined) return {};
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(window) ?? [];
  if (from === undefined || to === undefined) throw badValue('--window', window, '22:00-05:00');
  return { window: { from, to } };
};

const timing = (call: Call) => {
  const at = call.text('at');
  const moment = at !== undefined && TIME.test(at) ? Date.parse(at) : Number.NaN;
  if (at !== undefined && Number.isNaN(moment))
    throw badValue('--at', at, '2026-12-01T22:00, 2026-12-01T13:00Z');
  return {
    ...(at === undefined ? {} : { startAt: new Date(moment).toISOString() }),
    ...windowOf(call),
  };
};

const wishOf = async (call: Call, client: ManagerClient) => ({
  ...{ image: imageOf(call), kind: kindOf(call), ...timing(call) },
  selection: await selectionOf(call, client),
});

/** What an order of network boot has in common with others; a window is of agents. */
const networkParts = async (call: Call, client: ManagerClient) => {
  const { startAt } = timing(call);
  return {
    selection: await selectionOf(call, client),
    ...(startAt === undefined ? {} : { startAt }),
  };
};

/** `--countdown` and `--postpones`. */
export const noticeOf = (call: Call) => {
  const countdownSeconds = call.number('countdown', 0, 3600);
  const postpones = call.text('postpones');
  if (countdownSeconds === undefined && postpones === undefined) return {};
  const times = postpones === undefined ? 0 : wholeNumber('--postpones', postpones, 0, 20);
  return { notice: { countdownSeconds: countdownSeconds ?? 60, postpones: times } };
};

/** `--limit`. */
export const limitOf = (call: Call) => {
  const limit = call.text('limit');
  return limit === undefined ? {} : { limitBytesPerSecond: byteSize('--limit', limit) };
};

/** `--health`. */
export const healthOf = (call: Call) => {
  const healthSeconds = call.number('health', 1, LONGEST_HEALTH_SECONDS);
  return healthSeconds === undefined ? {} : { healthSeconds };
};

const askPlan = async (client: ManagerClient, body: object): Promise<Plan> => {
  const { planShape } = await shapes();
  return client.ask({ method: 'POST', path: '/jobs/plan', body }, planShape);
};

const plan = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  if (isNetworkOrder(call)) return planNetworkOrder(call, client, await networkParts(call, client));
  const found = await askPlan(client, await wishOf(call, client));
  return { json: found, text: planText(found, call.session) };
};

/** @throws NacreError JOB_NOT_CONFIRMED */
const confirm = async (call: Call, { image, eligible }: Plan): Promise<void> => {
  if (call.isSet('yes')) return;
  if ((await askToType(call.session, image)) === image) return;
  throw new NacreError('JOB_NOT_CONFIRMED', { image, count: eligible });
};

const make = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const client = await openClient(call);
  if (isNetworkOrder(call)) return makeNetworkOrder(call, client, await networkParts(call, client));
  const wish = await wishOf(call, client);
  const how = { ...noticeOf(call), ...limitOf(call), ...healthOf(call) };
  const order = { ...wish, ...how, wake: call.isSet('wake') };
  const found = await askPlan(client, wish);
  session.note(planText(found, session));
  if (found.eligible > 0) await confirm(call, found);
  const { madeShape } = await shapes();
  // What was confirmed, and not what a label may name by now.
  const body = { ...order, image: `${found.image}@${found.version}` };
  const made = await client.ask({ method: 'POST', path: '/jobs', body }, madeShape);
  const sum = session.text({
    en: `${made.jobs.length} jobs made, ${made.skipped.length} devices left out\n`,
    ja: `作業を ${made.jobs.length} 件作成、対象外の端末 ${made.skipped.length} 台\n`,
  });
  const skipped = made.skipped.length === 0 ? '' : devicePlansText(made.skipped, session);
  return { json: made, text: `${skipped}${sum}` };
};

export const WINDOW: OptionSpec = {
  flags: '--window <FROM-TO>',
  text: {
    en: 'each day between two times where the device is: 22:00-05:00',
    ja: '毎日の時間帯(端末の時刻): 22:00-05:00',
  },
};

/** How what is ordered is done. */
export const ORDER_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--limit <RATE>',
    text: { en: 'bytes a second of each device: 2M', ja: '端末ごとの毎秒バイト数: 2M' },
  },
  {
    flags: '--countdown <SECONDS>',
    text: { en: 'warn users so long before a restart', ja: '再起動前に利用者へ警告する秒数' },
  },
  {
    flags: '--postpones <N>',
    text: { en: 'how often users may put it off', ja: '利用者が延期できる回数' },
  },
  {
    flags: '--health <SECONDS>',
    text: {
      en: 'time of the new OS for its checks, before the device goes back (default: 900)',
      ja: '新しい OS の確認に与える秒数。過ぎると以前の世代に戻る(既定: 900)',
    },
  },
  {
    flags: '--wake',
    text: {
      en: 'wake devices that are off, through others of their subnet',
      ja: '電源の切れた端末を、同じサブネットの端末から起動する',
    },
  },
];

const WISH: readonly OptionSpec[] = [
  {
    flags: '--package <IMAGE>',
    text: { en: 'NAME, NAME:LABEL or NAME@ID', ja: 'NAME、NAME:LABEL、NAME@ID のいずれか' },
  },
  {
    flags: '--device <DEVICE>',
    isRepeatable: true,
    text: { en: 'a device; repeatable', ja: '端末(複数指定可)' },
  },
  {
    flags: '--group <NAME>',
    isRepeatable: true,
    text: { en: 'devices of a group; repeatable', ja: 'グループの端末(複数指定可)' },
  },
  {
    flags: '--tag <TAG>',
    isRepeatable: true,
    text: { en: 'devices with a tag; repeatable', ja: 'タグの付いた端末(複数指定可)' },
  },
  { flags: '--all', text: { en: 'all devices', ja: 'すべての端末' } },
  {
    flags: '--bi',
    text: {
      en: 'download image to backup partition',
      ja: 'イメージをバックアップパーティションにダウンロード',
    },
  },
  {
    flags: '--pi',
    text: {
      en: 'image device from backup partition',
      ja: 'バックアップパーティションから端末をイメージング',
    },
  },
  ...NETWORK_OPTIONS,
  {
    flags: '--at <TIME>',
    text: {
      en: 'not before: 2026-12-01T22:00 here, or with Z or +09:00',
      ja: '開始日時: 2026-12-01T22:00(この端末の時刻)、または Z や +09:00 付き',
    },
  },
  WINDOW,
];

const DETAILS: Phrase = {
  en: 'With both --bi and --pi a device images itself only after it read its backup back whole. Devices that cannot have the job are shown with the reason and left out.',
  ja: '--bi と --pi の両方を指定すると、バックアップの検証後にイメージングします。作業を受け取れない端末は理由とともに表示され、対象外になります。',
};

export const PLAN: CommandSpec = {
  name: 'plan',
  summary: {
    en: 'what jobs would do, device by device',
    ja: '作業の内容を端末ごとに表示',
  },
  details: DETAILS,
  options: [...WISH, ...CLIENT_OPTIONS],
  example: 'nacre job plan --package lab-pc:latest --group lab-2 --bi --pi',
  run: plan,
};

export const MAKE: CommandSpec = {
  name: 'make',
  summary: { en: 'make a job for each of some devices', ja: '端末ごとに作業を作成' },
  details: {
    en: `The plan is shown and confirmed first. ${DETAILS.en}`,
    ja: `先に計画を表示して確認します。${DETAILS.ja}`,
  },
  options: [
    ...WISH,
    ...ORDER_OPTIONS,
    { flags: '--yes', text: { en: 'make them without a question', ja: '確認せずに作成' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre job make --package lab-pc --group lab-2 --bi --pi --window 22:00-05:00 --yes',
  run: make,
};
