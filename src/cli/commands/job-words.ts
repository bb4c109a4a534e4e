/** What the commands for jobs print. */
import type * as z from 'zod';
import { ERROR_TABLE, type ErrorCode, NacreError } from '../../errors.ts';
import type { jobShape, jobWithEvents, planShape } from '../../manager/http/shapes/jobs.ts';
import { failureText } from '../failure.ts';
import { formatBytes, formatTable, formatTime, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';

export type Job = z.output<typeof jobShape>;
type JobWithEvents = z.output<typeof jobWithEvents>;
export type Plan = z.output<typeof planShape>;
export type DevicePlan = Plan['devices'][number];

const STATES: Readonly<Record<Job['state'], Phrase>> = {
  planned: { en: 'planned', ja: '予定' },
  queued: { en: 'queued', ja: '待機中' },
  sent: { en: 'sent', ja: '送付済み' },
  downloading: { en: 'downloading', ja: 'ダウンロード中' },
  'backed-up': { en: 'backed-up', ja: 'バックアップ済み' },
  armed: { en: 'armed', ja: '起動待ち' },
  imaging: { en: 'imaging', ja: '書き込み中' },
  verifying: { en: 'verifying', ja: '検証中' },
  'first-boot': { en: 'first-boot', ja: '初回起動' },
  done: { en: 'done', ja: '完了' },
  failed: { en: 'failed', ja: '失敗' },
  cancelled: { en: 'cancelled', ja: '取り消し' },
  lost: { en: 'lost', ja: '連絡なし' },
};

const KINDS: Readonly<Record<Job['kind'], string>> = {
  ...{ bi: 'BI', pi: 'PI', 'bi-pi': 'BI+PI', convert: 'convert', capture: 'capture' },
};

const W = {
  job: { en: 'job', ja: '作業' },
  kind: { en: 'kind', ja: '種別' },
  image: { en: 'image', ja: 'イメージ' },
  device: { en: 'device', ja: '端末' },
  attempt: { en: 'try', ja: '試行' },
  progress: { en: 'progress', ja: '進捗' },
  changed: { en: 'changed', ja: '更新' },
  result: { en: 'result', ja: '結果' },
  fetch: { en: 'to fetch', ja: '取得量' },
  start: { en: 'start', ja: '開始' },
  lost: { en: 'lost afterwards', ja: '失われるもの' },
  can: { en: 'can', ja: '可否' },
  why: { en: 'why not', ja: '理由' },
  event: { en: 'event', ja: '出来事' },
  by: { en: 'by', ja: '実行者' },
} satisfies Record<string, Phrase>;

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_TABLE, code);

/** What a code means, in the language of the reader. */
const reasonText = (
  { code, message, facts }: DevicePlan['reasons'][number],
  language: Language,
): string =>
  isCode(code) ? failureText(new NacreError(code, facts as never), language).message : message;

const progressText = ({ doneBytes, totalBytes }: Pick<Job, 'doneBytes' | 'totalBytes'>): string =>
  totalBytes === 0 ? '' : `${formatBytes(doneBytes)} / ${formatBytes(totalBytes)}`;

export const stateText = (state: Job['state'], language: Language): string =>
  STATES[state][language];

export const jobsText = (jobs: readonly Job[], language: Language): string =>
  formatTable(
    [W.job, W.device, W.kind, W.image, WORDS.state, W.attempt, W.progress, W.changed, W.result].map(
      (title) => ({ title: title[language] }),
    ),
    jobs.map((job) => [
      shortId(job.id),
      job.deviceName,
      KINDS[job.kind],
      `${job.image}@${shortId(job.version)}`,
      stateText(job.state, language),
      String(job.attempt),
      progressText(job),
      formatTime(job.changedAt),
      job.code ?? '',
    ]),
  );

const LINES: readonly (readonly [Phrase, (job: JobWithEvents) => string])[] = [
  [WORDS.id, ({ id }) => id],
  [W.image, ({ image, version }) => `${image}@${version}`],
  [W.kind, ({ kind }) => KINDS[kind]],
  [W.attempt, ({ attempt }) => String(attempt)],
  [W.start, ({ dueAt }) => formatTime(dueAt)],
  [
    { en: 'deadline', ja: '期限' },
    ({ deadlineAt }) => (deadlineAt === null ? '' : formatTime(deadlineAt)),
  ],
  [
    { en: 'next try', ja: '次の試行' },
    ({ retryAt }) => (retryAt === null ? '' : formatTime(retryAt)),
  ],
  [
    { en: 'asked to stop', ja: '中止要求' },
    ({ cancelRequestedAt: at }) => (at === null ? '' : formatTime(at)),
  ],
  [W.progress, progressText],
  [W.by, ({ createdBy }) => createdBy],
  [W.result, ({ code, message }) => [code ?? '', message].filter(Boolean).join(': ')],
];

/** One job, and all that happened in it. */
export const jobText = (job: JobWithEvents, language: Language): string => {
  const lines = LINES.flatMap(([title, read]) => {
    const value = read(job);
    return value === '' ? [] : [`  ${title[language]}: ${value}`];
  });
  const events = formatTable(
    [WORDS.time, W.event, WORDS.state, W.attempt, W.by, W.result].map((title) => ({
      title: title[language],
    })),
    job.events.map((event) => [
      formatTime(event.at),
      event.event,
      stateText(event.to, language),
      String(event.attempt),
      event.actor,
      [event.code ?? '', event.message].filter(Boolean).join(': '),
    ]),
  );
  const head = `${job.deviceName}  ${stateText(job.state, language)}`;
  return `${[head, ...lines].join('\n')}\n${events}`;
};

const YES_NO: readonly [no: Phrase, yes: Phrase] = [
  { en: 'no', ja: '不可' },
  { en: 'yes', ja: '可' },
];

const startText = ({ isEligible, startAt, timeZone }: DevicePlan): string =>
  isEligible ? `${formatTime(startAt)} (${timeZone})` : '';

export const devicePlansText = (devices: readonly DevicePlan[], language: Language): string =>
  formatTable(
    [W.device, W.can, W.fetch, W.start, W.lost, W.why].map((title) => ({ title: title[language] })),
    devices.map((one) => [
      one.name,
      YES_NO[one.isEligible ? 1 : 0][language],
      one.isEligible ? formatBytes(one.fetchBytes) : '',
      startText(one),
      one.isEligible ? one.lost.map(({ what, name }) => `${what} ${name}`).join(', ') : '',
      one.reasons.map((reason) => reasonText(reason, language)).join('; '),
    ]),
  );

const SUM: Phrase = {
  en: '{image}: {eligible} of {total} devices, at most {bytes} to fetch',
  ja: '{image}: 対象 {total} 台中 {eligible} 台、取得量は最大 {bytes}',
};

export const planText = (plan: Plan, language: Language): string => {
  const sum = SUM[language]
    .replace('{image}', `${plan.image}@${shortId(plan.version)}`)
    .replace('{eligible}', String(plan.eligible))
    .replace('{total}', String(plan.devices.length))
    .replace('{bytes}', formatBytes(plan.fetchBytes));
  return `${devicePlansText(plan.devices, language)}${sum}\n`;
};
