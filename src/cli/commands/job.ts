/** `nacre job` and `nacre subnet`: jobs of a manager, over its API. */
import { NacreError } from '../../errors.ts';
import { JOB_STATES } from '../../job/job-states.ts';
import { byteSize } from '../byte-size.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { formatBytes, formatTable, shortId } from '../format.ts';
import type { Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import type { ManagerClient } from '../manager/client.ts';
import { findDevice } from '../manager/find-device.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { MAKE, PLAN } from './job-order.ts';
import { jobsText, jobText, stateText } from './job-words.ts';

const shapes = () => import('../../manager/http/shapes/jobs.ts');

const list = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const [state, name] = [call.text('state'), call.text('device')];
  if (state !== undefined && !JOB_STATES.some((known) => known === state)) {
    const facts = { what: '--state', value: state, expected: JOB_STATES.join(' | ') };
    throw new NacreError('CLI_BAD_VALUE', facts);
  }
  const query = {
    ...{ state, group: call.text('group'), image: call.text('package') },
    open: call.isSet('open') ? 'true' : undefined,
    device: name === undefined ? undefined : (await findDevice(client, name)).id,
  };
  const { jobShape } = await shapes();
  const jobs = await client.list('/jobs', jobShape, query);
  return { json: { jobs }, text: jobsText(jobs, call.session.language) };
};

/** The whole id of a job. @throws NacreError MANAGER_NOT_FOUND, CLI_BAD_VALUE */
const findJob = async (client: ManagerClient, text: string): Promise<string> => {
  const { jobShape } = await shapes();
  const digits = text.toLowerCase();
  if (!/^[0-9a-f]{8,32}$/.test(digits))
    throw new NacreError('CLI_BAD_VALUE', { what: 'JOB', value: text, expected: '8 … 32 hex' });
  const found = await client.list('/jobs', jobShape, { find: digits });
  const [job] = found;
  if (job !== undefined && found.length === 1) return job.id;
  if (job === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'job', name: text });
  const expected = `more digits: ${found.length} jobs begin so`;
  throw new NacreError('CLI_BAD_VALUE', { what: 'JOB', value: text, expected });
};

const show = async (call: Call): Promise<Outcome> => {
  const client = await openClient(call);
  const { jobWithEvents } = await shapes();
  const path = at('jobs', await findJob(client, call.parameter(0)));
  const job = await client.ask({ method: 'GET', path }, jobWithEvents);
  return { json: job, text: jobText(job, call.session.language) };
};

const decide =
  (what: 'cancel' | 'retry') =>
  async (call: Call): Promise<Outcome> => {
    const client = await openClient(call);
    const { jobWithEvents } = await shapes();
    const path = at('jobs', await findJob(client, call.parameter(0)), what);
    const job = await client.ask({ method: 'POST', path }, jobWithEvents);
    const { language } = call.session;
    const asked: Phrase = {
      en: ': the device is asked to stop',
      ja: ': 端末に中止を求めました',
    };
    const isAsked = what === 'cancel' && job.state !== 'cancelled';
    const text = `${shortId(job.id)} ${job.deviceName}  ${stateText(job.state, language)}`;
    return { json: job, text: `${text}${isAsked ? asked[language] : ''}\n` };
  };

const JOB: Phrase = {
  en: 'JOB is the id of a job, or 8 or more digits of it.',
  ja: 'JOB には作業の ID、またはその先頭 8 桁以上を指定します。',
};

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'jobs, the newest first', ja: '作業の一覧(新しい順)' },
  options: [
    { flags: '--open', text: { en: 'those that are not over', ja: '終了していないもの' } },
    { flags: '--state <STATE>', text: { en: 'those in a state', ja: '指定した状態のもの' } },
    { flags: '--device <DEVICE>', text: { en: 'those of a device', ja: '端末の作業' } },
    { flags: '--group <NAME>', text: { en: 'those of a group', ja: 'グループの作業' } },
    { flags: '--package <NAME>', text: { en: 'those with a package', ja: 'パッケージの作業' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre job list --open --group lab-2',
  run: list,
};

const SHOW: CommandSpec = {
  name: 'show',
  parameters: '<JOB>',
  summary: { en: 'a job, and all that happened in it', ja: '作業の詳細と経過を表示' },
  details: JOB,
  options: [...CLIENT_OPTIONS],
  example: 'nacre job show 1f2e3d4c',
  run: show,
};

const CANCEL: CommandSpec = {
  name: 'cancel',
  parameters: '<JOB>',
  summary: { en: 'cancel a job, where that is safe', ja: '作業を安全な範囲で取り消し' },
  details: {
    en: `A job that its device has already is cancelled when the device says so; from the first write to the OS on it is refused. ${JOB.en}`,
    ja: `端末が受け取った作業は、端末の応答後に取り消されます。OS への書き込みが始まった後は拒否されます。${JOB.ja}`,
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre job cancel 1f2e3d4c',
  run: decide('cancel'),
};

const RETRY: CommandSpec = {
  name: 'retry',
  parameters: '<JOB>',
  summary: { en: 'try again what failed or is lost', ja: '失敗した作業を再実行' },
  details: JOB,
  options: [...CLIENT_OPTIONS],
  example: 'nacre job retry 1f2e3d4c',
  run: decide('retry'),
};

export const JOB_FAMILY: FamilySpec = {
  name: 'job',
  summary: { en: 'jobs of the manager', ja: 'マネージャーの作業' },
  commands: [PLAN, MAKE, LIST, SHOW, CANCEL, RETRY],
};

const subnetsText = async (call: Call): Promise<Outcome> => {
  const { subnetShape } = await shapes();
  const subnets = await (await openClient(call)).list('/subnets', subnetShape);
  const { language } = call.session;
  const titles: readonly Phrase[] = [
    { en: 'subnet', ja: 'サブネット' },
    { en: 'jobs', ja: '作業数' },
    { en: 'bytes a second', ja: '毎秒バイト数' },
    { en: 'repository', ja: 'リポジトリ' },
    { en: 'note', ja: 'メモ' },
  ];
  const rows = subnets.map((each) => [
    ...[each.cidr, String(each.mostJobs ?? '')],
    ...[each.bytesPerSecond === null ? '' : formatBytes(each.bytesPerSecond)],
    ...[each.repository ?? '', each.note],
  ]);
  const columns = titles.map((title) => ({ title: title[language] }));
  return { json: { subnets }, text: formatTable(columns, rows) };
};

const setSubnet = async (call: Call): Promise<Outcome> => {
  const { subnetShape } = await shapes();
  const limit = call.text('limit');
  const body = {
    mostJobs: call.number('jobs', 1, 10_000) ?? null,
    bytesPerSecond: limit === undefined ? null : byteSize('--limit', limit),
    repository: call.text('repository') ?? null,
    note: call.text('note') ?? '',
  };
  const path = at('subnets', call.parameter(0).replace('/', '_'));
  const subnet = await (await openClient(call)).ask({ method: 'PUT', path, body }, subnetShape);
  return { json: subnet, text: '' };
};

const removeSubnet = async (call: Call): Promise<Outcome> => {
  const cidr = call.parameter(0);
  const path = at('subnets', cidr.replace('/', '_'));
  await (await openClient(call)).tell({ method: 'DELETE', path });
  return { json: { cidr }, text: '' };
};

export const SUBNET_FAMILY: FamilySpec = {
  name: 'subnet',
  summary: { en: 'what the devices of a subnet may take', ja: 'サブネットの上限' },
  commands: [
    {
      name: 'list',
      summary: { en: 'subnets and their limits', ja: 'サブネットと上限の一覧' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre subnet list',
      run: subnetsText,
    },
    {
      name: 'set',
      parameters: '<CIDR>',
      summary: {
        en: 'what the devices of a subnet may take, and where from',
        ja: 'サブネットの上限と取得元を設定',
      },
      details: {
        en: 'The smallest subnet that the address of a device lies in counts. The bytes are shared by as many jobs as there may be. What is not given has no limit.',
        ja: '端末のアドレスを含む最小のサブネットが適用されます。毎秒バイト数は作業数で等分します。指定しない項目は制限なしになります。',
      },
      options: [
        { flags: '--jobs <N>', text: { en: 'at the same time', ja: '同時作業数' } },
        {
          flags: '--limit <RATE>',
          text: { en: 'bytes a second of all together: 10M', ja: '全体の毎秒バイト数: 10M' },
        },
        {
          flags: '--repository <NAME>',
          text: {
            en: 'the copy of the store that its devices ask first (nacre repository)',
            ja: '端末が最初に取得するコピー(nacre repository)',
          },
        },
        { flags: '--note <TEXT>', text: { en: 'a note', ja: 'メモ' } },
        ...CLIENT_OPTIONS,
      ],
      example: 'nacre subnet set 192.0.2.0/24 --jobs 5 --limit 10M',
      run: setSubnet,
    },
    {
      name: 'remove',
      parameters: '<CIDR>',
      summary: { en: 'take the limits back', ja: '上限を削除' },
      options: [...CLIENT_OPTIONS],
      example: 'nacre subnet remove 192.0.2.0/24',
      run: removeSubnet,
    },
  ],
};
