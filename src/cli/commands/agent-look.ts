/** `nacre agent status`, `logs` and `postpone`: what the agent of this device does, and putting its restart off. */
import { randomUUID } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTime, printable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { sentenceOf } from '../pxe/service-lines.ts';
import { agentFilesOf, STATE } from './agent-places.ts';

const MOST_LINES = 100_000;
const DEFAULT_LINES = 50;

const LINES = {
  manager: { en: 'manager', ja: 'マネージャー' },
  device: { en: 'device', ja: '装置' },
  admission: { en: 'state', ja: '状態' },
  checkIn: { en: 'last check-in', ja: '最後のチェックイン' },
  problem: { en: 'problem', ja: '問題' },
  job: { en: 'job', ja: 'ジョブ' },
  lastJob: { en: 'last job', ja: '前回のジョブ' },
  disk: { en: 'disk', ja: 'ディスク' },
  backup: { en: 'backup partition', ja: 'バックアップ' },
} as const satisfies Record<string, Phrase>;
const NONE: Phrase = { en: 'none', ja: 'なし' };
const NEVER: Phrase = { en: 'none yet', ja: 'まだありません' };
const FREE: Phrase = { en: 'free', ja: '空き' };

const gather = async (call: Call) => {
  const files = agentFilesOf(call);
  const [{ readAgentState }, { readDeviceKey }, { readAgentStatus }] = await Promise.all([
    import('../../agent/state/agent-state.ts'),
    import('../../agent/state/device-key.ts'),
    import('../../agent/state/agent-status.ts'),
  ]);
  const state = await readAgentState(files);
  if (state === undefined) throw new NacreError('AGENT_NOT_ENROLLED', { folder: files.folder });
  const [key, status] = [await readDeviceKey(files), await readAgentStatus(files)];
  const { manager, admission, job, ended, lastCounter } = state;
  return {
    ...{ server: manager.urls[0] ?? '', pin: manager.pin, fingerprint: key?.fingerprint ?? null },
    ...{ admission, lastCounter, release: status?.release ?? null },
    checkIn: status?.checkIn ?? null,
    problem: status?.problem ?? null,
    job:
      job === null
        ? null
        : {
            ...{ id: job.id, attempt: job.attempt, state: job.state, code: job.code },
            ...{ doneBytes: job.doneBytes, totalBytes: job.totalBytes },
          },
    ended,
    disk: status?.disk ?? null,
    backup: status?.backup ?? null,
  };
};

type Status = Awaited<ReturnType<typeof gather>>;

const backupText = ({ backup }: Status, language: Language): string => {
  if (backup === null) return NONE[language];
  const generations = backup.generations.map(({ name, id, isCurrent, verified }) => {
    const marks = `${isCurrent ? '*' : ''}${verified ? '' : '?'}`;
    return `${name}@${shortId(id)}${marks}`;
  });
  const held = generations.join(', ') || NONE[language];
  return `${held} (${formatBytes(backup.freeBytes)} ${FREE[language]})`;
};

const statusText = (status: Status, language: Language): string => {
  const { server, fingerprint, admission, checkIn, problem, job, ended, disk } = status;
  const rows: readonly (readonly [keyof typeof LINES, string])[] = [
    ['manager', `${server} sha256:${status.pin}`],
    ['device', fingerprint ?? NONE[language]],
    ['admission', admission ?? NEVER[language]],
    ['checkIn', checkIn === null ? NEVER[language] : `${formatTime(checkIn.at)} ${checkIn.note}`],
    ['problem', problem === null ? NONE[language] : `${problem.code}: ${problem.message}`],
    ['job', job === null ? NONE[language] : `${job.id} ${job.state}`],
    ['lastJob', ended === null ? NONE[language] : `${ended.id} ${ended.state} ${ended.code ?? ''}`],
    ['disk', disk ?? NONE[language]],
    ['backup', backupText(status, language)],
  ];
  return rows
    .map(([key, value]) => `${LINES[key][language]}: ${printable(value.trim())}\n`)
    .join('');
};

const status = async (call: Call): Promise<Outcome> => {
  const found = await gather(call);
  return { json: found, text: statusText(found, call.session.language) };
};

const parse = (line: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value));
  } catch (reason) {
    // A line that a cut halved.
    if (!(reason instanceof SyntaxError)) throw reason;
  }
  return { msg: line };
};

const logs = async (call: Call): Promise<Outcome> => {
  const { readAgentLog } = await import('../../agent/state/agent-log.ts');
  const lines = readAgentLog(
    agentFilesOf(call),
    call.number('lines', 1, MOST_LINES) ?? DEFAULT_LINES,
  );
  const parsed = lines.map(parse);
  const { language } = call.session;
  const text = parsed.map((line) => {
    const time = Number(line['time']);
    const at = Number.isFinite(time) ? formatTime(new Date(time).toISOString()) : '';
    return `${at} ${printable(sentenceOf(line, language))}\n`;
  });
  return { json: { lines: parsed }, text: text.join('') };
};

const putOff = async (call: Call): Promise<Outcome> => {
  const { NOTICE_FOLDER, postpone } = await import('../../agent/work/notice.ts');
  const folder = call.session.setting('agent-notice') ?? NOTICE_FOLDER;
  const { postponeSeconds, postponesLeft } = await postpone(folder, randomUUID());
  const left = postponesLeft - 1;
  const text = call.session.text({
    en: `the restart is put off by ${postponeSeconds} s; that can be done ${left} times more\n`,
    ja: `再起動を ${postponeSeconds} 秒延期しました。あと ${left} 回延期できます\n`,
  });
  return { json: { postponeSeconds, postponesLeft: left }, text };
};

export const STATUS: CommandSpec = {
  name: 'status',
  summary: {
    en: 'show manager, job in hand and backup',
    ja: 'マネージャー、ジョブ、バックアップを表示',
  },
  details: {
    en: 'As the running agent wrote it down with its last check-in. In the line of the backup partition * is the current generation, ? one that was not read back.',
    ja: '実行中のエージェントが最後のチェックインで記録した内容です。バックアップの行の * は現在の世代、? は未検証の世代です。',
  },
  options: [STATE],
  example: 'nacre agent status --json',
  run: status,
};

export const LOGS: CommandSpec = {
  name: 'logs',
  summary: { en: "show the agent's own log", ja: 'エージェントのログを表示' },
  options: [
    {
      flags: '--lines <N>',
      text: {
        en: `the last N lines (default ${DEFAULT_LINES})`,
        ja: `最後の N 行(既定 ${DEFAULT_LINES})`,
      },
    },
    STATE,
  ],
  example: 'nacre agent logs --lines 20',
  run: logs,
};

export const POSTPONE: CommandSpec = {
  name: 'postpone',
  summary: { en: 'put an announced restart off', ja: '予告された再起動を延期' },
  details: {
    en: 'For anybody at the device, as often as the job allows.',
    ja: '装置の利用者なら誰でも、ジョブが許す回数だけ延期できます。',
  },
  example: 'nacre agent postpone',
  run: putOff,
};
