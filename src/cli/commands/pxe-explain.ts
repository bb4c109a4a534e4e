/** `nacre pxe explain MAC`: what was seen of a device, what it was told and why, and what to do next. */
import { isNacreError, NacreError } from '../../errors.ts';
import type { DeviceReport, OrderReport } from '../../pxe/explain/device-report.ts';
import type { Policy } from '../../pxe/policy/policy.ts';
import type { Load, Sighting } from '../../pxe/sightings/sighting.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes, formatTime, printable, shortId } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { ADVICE_WORDS } from '../pxe/advice-words.ts';
import {
  type HeardManager,
  heardText,
  readHeardManager,
  readHeardPolicy,
} from '../pxe/manager-word.ts';
import { ANSWER_WORDS, ARCHITECTURE_WORDS, ASKED_WORDS, ORDER_WORDS } from '../pxe/reasons.ts';
import { answerText, merlinBytesText, reasonText } from '../pxe/sighting-text.ts';
import { DATA, POLICY, policyFileOf, runningServiceOf } from './pxe-places.ts';

const TITLES = {
  device: { en: 'device', ja: '端末' },
  seen: { en: 'seen', ja: '要求' },
  never: { en: 'never', ja: 'なし' },
  answer: { en: 'answered', ja: '応答' },
  loaded: { en: 'loaded', ja: '読み込み' },
  merlin: { en: 'Merlin', ja: 'Merlin' },
  manager: { en: 'decides', ja: '判断元' },
  policy: { en: 'next start', ja: '次回起動' },
  order: { en: 'order', ja: '指示' },
  next: { en: 'what to do', ja: '対処' },
} satisfies Record<string, Phrase>;

const DOES: Readonly<Record<NonNullable<DeviceReport['policy']>['does'], Phrase>> = {
  nothing: { en: 'no answer', ja: '応答なし' },
  'local-disk': { en: 'its disk', ja: 'ディスクから起動' },
  merlin: { en: 'Merlin', ja: 'Merlin' },
  menu: { en: 'the menu', ja: 'メニュー' },
};

const CAPTURED: Phrase = {
  en: 'version {id}: {used} used, {stored} stored',
  ja: '版 {id}: 使用 {used}、保存 {stored}',
};
const ATTEMPTS: Phrase = { en: 'tries: {count}', ja: '試行: {count} 回' };

const isReason = (word: string): word is keyof typeof ANSWER_WORDS =>
  Object.hasOwn(ANSWER_WORDS, word);

const macOf = (text: string): string => {
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) return mac;
  throw new NacreError('CLI_BAD_VALUE', {
    ...{ what: 'MAC', value: text, expected: '52:54:00:12:34:56' },
  });
};

/** What of the policy can be used: without one what was seen is explained all the same. */
const policyOf = async (file: string): Promise<Policy | undefined> => {
  const { readPolicyFile } = await import('../../pxe/policy/policy-file.ts');
  try {
    return await readPolicyFile(file);
  } catch (reason) {
    if (isNacreError(reason, 'PXE_POLICY_UNREADABLE') || isNacreError(reason, 'PXE_POLICY_INVALID'))
      return undefined;
    throw reason;
  }
};

interface Report {
  readonly report: DeviceReport;
  /** Where it and not a file decides. */
  readonly manager: HeardManager | undefined;
}

const readReport = async (call: Call): Promise<Report> => {
  const mac = macOf(call.parameter(0));
  const [{ reportDevice }, { readSightings }, { readOrders }, { Orders }] = await Promise.all([
    import('../../pxe/explain/device-report.ts'),
    import('../../pxe/sightings/sighting-file.ts'),
    import('../../pxe/policy/order-record.ts'),
    import('../../pxe/policy/orders.ts'),
  ]);
  const { paths, running } = await runningServiceOf(call);
  const devices = await readSightings(paths.sightings);
  const orders = Orders.view(await readOrders(paths.orders));
  const isFile = call.text('policy') !== undefined;
  const manager = isFile ? undefined : await readHeardManager(paths, running);
  const policy =
    manager === undefined
      ? await policyOf(policyFileOf(call, running))
      : await readHeardPolicy(paths, manager);
  const report = reportDevice({
    ...{ mac, orders, isRunning: running !== undefined, deviceCount: devices.length },
    seen: devices.find((one) => one.mac === mac),
    ...{ policy, now: new Date() },
  });
  return { report, manager };
};

const deviceText = ({ mac, seen }: DeviceReport): string => {
  const { architecture = null, address = null, uuid = null, merlin = null } = seen ?? {};
  const kind = architecture === null ? [] : [ARCHITECTURE_WORDS[architecture]];
  const more = [...kind, address, uuid, merlin?.machine].filter(Boolean);
  return [mac, ...more].join(', ');
};

const loadText = ({ protocol, file, bytes, end }: Load): string =>
  `${file} (${protocol.toUpperCase()}) ${formatBytes(bytes)} ${end}`;

const capturedText = ({ version, captured }: OrderReport, language: Language): string | null => {
  if (version === null || captured === null) return null;
  return CAPTURED[language]
    .replace('{id}', shortId(version))
    .replace('{used}', formatBytes(captured.usedBytes))
    .replace('{stored}', formatBytes(captured.storedBytes));
};

const orderText = (order: OrderReport, language: Language): string => {
  const { text, state, failure, attempts } = order;
  const count = ATTEMPTS[language].replace('{count}', String(attempts));
  const parts = [
    `${text}: ${ORDER_WORDS[state][language]}`,
    capturedText(order, language),
    failure,
    attempts > 0 ? count : null,
  ];
  return parts.filter(Boolean).join(', ');
};

type Line = readonly [title: keyof typeof TITLES, text: string];

const seenLines = (seen: Sighting | null, language: Language): readonly Line[] => {
  if (seen === null) return [['seen', TITLES.never[language]]];
  const asked = seen.askedAt === null ? '' : `, ${ASKED_WORDS[seen.asked][language]}`;
  const why = reasonText(seen, language);
  return [
    ['seen', `${formatTime(seen.lastSeen)}${asked}`],
    ...(seen.askedAt === null
      ? []
      : [['answer', `${answerText(seen, language)}: ${why}`] as const]),
    ...seen.loads.map((load) => ['loaded', `${formatTime(load.at)} ${loadText(load)}`] as const),
    ...merlinLines(seen),
  ];
};

const merlinLines = (seen: Sighting): readonly Line[] => {
  const { merlin } = seen;
  if (merlin === null) return [];
  const message = merlin.message === '' ? '' : `: ${merlin.message}`;
  return [['merlin', `${formatTime(merlin.at)} ${merlinBytesText(seen)}${message}`]];
};

const linesOf = ({ report, manager }: Report, language: Language): readonly Line[] => {
  const { seen, policy, order, advice } = report;
  const why =
    policy !== null && isReason(policy.reason) ? ANSWER_WORDS[policy.reason][language] : '';
  return [
    ['device', deviceText(report)],
    ...seenLines(seen, language),
    ...(manager === undefined ? [] : [['manager', heardText(manager, language)] as const]),
    ...(policy === null ? [] : [['policy', `${DOES[policy.does][language]}: ${why}`] as const]),
    ...(order === null ? [] : [['order', orderText(order, language)] as const]),
    ...advice.map((one) => ['next', ADVICE_WORDS[one][language]] as const),
  ];
};

const explain = async (call: Call): Promise<Outcome> => {
  const { language } = call.session;
  const found = await readReport(call);
  const text = linesOf(found, language)
    .map(([title, line]) => `${TITLES[title][language]}: ${printable(line)}\n`)
    .join('');
  return { json: { ...found.report, manager: found.manager ?? null }, text };
};

export const EXPLAIN: CommandSpec = {
  name: 'explain',
  parameters: '<MAC>',
  summary: {
    en: 'what a device was told, why, and what to do next',
    ja: '端末に渡した応答とその理由、対処を表示',
  },
  details: {
    en: 'Works without a running service too, and for a device that was never seen: then it says what the policy would say.',
    ja: 'サービスが動いていなくても、要求がない端末にも使えます。その場合はポリシーの内容を示します。',
  },
  options: [POLICY, DATA],
  example: 'nacre pxe explain 52:54:00:12:34:56',
  run: explain,
};
