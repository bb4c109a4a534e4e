/** `nacre group want`, `rollout`, `pause`, `resume` and `unwant`: what a group is to run, over the API of a manager. */
import type * as z from 'zod';
import { NacreError } from '../../errors.ts';
import type { rolloutShape } from '../../manager/http/shapes/rollouts.ts';
import { type Call, type CommandSpec, type Outcome, wholeNumber } from '../command.ts';
import { askToType } from '../confirm.ts';
import { formatTable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { healthOf, limitOf, noticeOf, ORDER_OPTIONS, WINDOW, windowOf } from './job-order.ts';

const shapes = () => import('../../manager/http/shapes/rollouts.ts');

type Rollout = z.output<typeof rolloutShape>;
type Standing = Rollout['devices'][number]['standing'];

const STATES: Readonly<Record<Rollout['state'], Phrase>> = {
  running: { en: 'running', ja: '進行中' },
  paused: { en: 'paused', ja: '一時停止' },
  stopped: { en: 'STOPPED', ja: '停止' },
  reached: { en: 'reached', ja: '完了' },
};

const STANDINGS: Readonly<Record<Standing, Phrase>> = {
  reached: { en: 'has it', ja: '適用済み' },
  working: { en: 'at work', ja: '作業中' },
  failed: { en: 'failed', ja: '失敗' },
  left: { en: 'cancelled', ja: '取り消し' },
  disputed: { en: 'another group wishes something, too', ja: '別のグループにも指定あり' },
  busy: { en: 'has another job', ja: '別の作業中' },
  open: { en: 'waits', ja: '待機' },
};

const headText = (rollout: Rollout, language: Language): string => {
  const { group, wish, version, state, ring, ringSizes, counts, reason } = rollout;
  const id = version === null ? '' : ` (${shortId(version)})`;
  const sizes = ringSizes.join(', ');
  const phrase: Phrase = {
    en: `${group}: ${wish.image}${id}, ${STATES[state].en}, ring ${ring} of ${ringSizes.length} (${sizes} devices)`,
    ja: `${group}: ${wish.image}${id}、${STATES[state].ja}、リング ${ring}/${ringSizes.length}(${sizes} 台)`,
  };
  const known = Object.entries(counts).filter(([, count]) => count > 0);
  const list = known.map(([name, count]) => `${count} ${STANDINGS[name as Standing][language]}`);
  return [phrase[language], list.join(', '), reason].filter((line) => line !== '').join('\n');
};

const rolloutText = (rollout: Rollout, language: Language): string => {
  const rows = rollout.devices.map(({ name, standing, job, code, message }) => [
    ...[name, STANDINGS[standing][language], job === null ? '' : shortId(job)],
    [code, message].filter((text) => text !== null && text !== '').join(' '),
  ]);
  const titles: readonly Phrase[] = [
    { en: 'device', ja: '端末' },
    { en: 'state', ja: '状態' },
    { en: 'job', ja: '作業' },
    { en: 'reason', ja: '理由' },
  ];
  const columns = titles.map((title) => ({ title: title[language] }));
  return `${headText(rollout, language)}\n${formatTable(columns, rows)}`;
};

const pathOf = (call: Call, ...more: readonly string[]): string =>
  at('groups', call.parameter(0), 'desired-state', ...more);

const wishOf = (call: Call) => {
  const failures = call.text('mostFailures');
  return {
    ...{ image: call.parameter(1), kind: call.isSet('bi') ? 'bi' : 'bi-pi' },
    ...(call.text('rings') === undefined ? {} : { rings: call.text('rings') }),
    ...(failures === undefined
      ? {}
      : { mostFailures: wholeNumber('--most-failures', failures, 0, 10_000) }),
    soakSeconds: (call.number('soak', 1, 43_200) ?? 0) * 60,
    ...windowOf(call),
    ...noticeOf(call),
    ...limitOf(call),
    ...healthOf(call),
    wake: call.isSet('wake'),
  };
};

/** @throws NacreError JOB_NOT_CONFIRMED */
const want = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const client = await openClient(call);
  const { groupShape } = await import('../../manager/http/shapes/devices.ts');
  const group = call.parameter(0);
  const count = (await client.list('/groups', groupShape)).find(({ name }) => name === group);
  const wish = wishOf(call);
  if (count !== undefined && !call.isSet('yes')) {
    session.note(
      session.text({
        en: `${count.devices} devices of ${group} are to have ${wish.image}, now and when its label moves\n`,
        ja: `${group} の端末 ${count.devices} 台を ${wish.image} にします。ラベルが移ればそれに従います\n`,
      }),
    );
    if ((await askToType(session, group)) !== group)
      throw new NacreError('JOB_NOT_CONFIRMED', { image: wish.image, count: count.devices });
  }
  const { rolloutShape } = await shapes();
  const path = pathOf(call);
  const rollout = await client.ask({ method: 'PUT', path, body: wish }, rolloutShape);
  return { json: rollout, text: `${headText(rollout, session.language)}\n` };
};

const show = async (call: Call): Promise<Outcome> => {
  const { rolloutShape } = await shapes();
  const client = await openClient(call);
  const rollout = await client.ask({ method: 'GET', path: pathOf(call) }, rolloutShape);
  const text = rolloutText(rollout, call.session.language);
  return { json: rollout, text, exitCode: rollout.state === 'stopped' ? 1 : 0 };
};

const decide =
  (what: 'pause' | 'resume') =>
  async (call: Call): Promise<Outcome> => {
    const { rolloutShape } = await shapes();
    const client = await openClient(call);
    const rollout = await client.ask({ method: 'POST', path: pathOf(call, what) }, rolloutShape);
    return { json: rollout, text: `${headText(rollout, call.session.language)}\n` };
  };

const unwant = async (call: Call): Promise<Outcome> => {
  await (await openClient(call)).tell({ method: 'DELETE', path: pathOf(call) });
  return { json: { group: call.parameter(0) }, text: '' };
};

const WANT: CommandSpec = {
  name: 'want',
  parameters: '<NAME> <IMAGE>',
  summary: {
    en: 'say what a group is to run; its devices get it ring by ring',
    ja: 'グループのイメージを指定し、段階的に適用',
  },
  details: {
    en: 'IMAGE is NAME, NAME:LABEL or NAME@ID. Devices with the tag "canary" come first. A ring is over when all its devices that can have the image have it; when more than --most-failures failed for good, it stops. Where a label is moved, it begins anew with the new version; devices that come into the group get it, too.',
    ja: 'IMAGE は NAME、NAME:LABEL、NAME@ID のいずれかです。タグ「canary」の端末が先になります。リングの端末がすべて適用されると次に進み、失敗が --most-failures を超えると停止します。ラベルを移すと新しい版で最初から始まり、後からグループに入った端末にも適用されます。',
  },
  options: [
    {
      flags: '--bi',
      text: {
        en: 'fill the backup partitions only, and do not image the OS',
        ja: 'バックアップのみ更新し、OS はイメージングしない',
      },
    },
    {
      flags: '--rings <LIST>',
      text: {
        en: 'devices of each ring with those before it (default: 1,10%,100%)',
        ja: '各リングまでの端末数(既定: 1,10%,100%)',
      },
    },
    {
      flags: '--most-failures <N>',
      text: { en: 'so many may fail (default: 0)', ja: '許容する失敗数(既定: 0)' },
    },
    {
      flags: '--soak <MINUTES>',
      text: { en: 'between a ring and the next (default: 0)', ja: '次のリングまでの分(既定: 0)' },
    },
    WINDOW,
    ...ORDER_OPTIONS,
    { flags: '--yes', text: { en: 'without a question', ja: '確認せずに実行' } },
    ...CLIENT_OPTIONS,
  ],
  example: 'nacre group want lab-2 lab-pc:stable --rings 1,10%,100% --window 22:00-05:00 --yes',
  run: want,
};

const ROLLOUT: CommandSpec = {
  name: 'rollout',
  parameters: '<NAME>',
  summary: { en: 'how far a group is with what it is to run', ja: 'グループの適用状況を表示' },
  details: {
    en: 'Exit code 1 when it stopped for failures.',
    ja: '失敗で停止しているときの終了コードは 1 です。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group rollout lab-2',
  run: show,
};

const PAUSE: CommandSpec = {
  name: 'pause',
  parameters: '<NAME>',
  summary: { en: 'give nothing more out to a group', ja: 'グループへの適用を一時停止' },
  details: {
    en: 'Jobs that no device has begun are cancelled; the others go on.',
    ja: '開始していない作業は取り消され、開始した作業は続きます。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group pause lab-2',
  run: decide('pause'),
};

const RESUME: CommandSpec = {
  name: 'resume',
  parameters: '<NAME>',
  summary: { en: 'go on, also with what failed', ja: '失敗した端末も含めて再開' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group resume lab-2',
  run: decide('resume'),
};

const UNWANT: CommandSpec = {
  name: 'unwant',
  parameters: '<NAME>',
  summary: { en: 'leave a group as it is', ja: 'グループの指定を取り消し' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre group unwant lab-2',
  run: unwant,
};

export const ROLLOUT_COMMANDS: readonly CommandSpec[] = [WANT, ROLLOUT, PAUSE, RESUME, UNWANT];
