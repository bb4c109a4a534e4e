/**
 * Sentences that a manager stores for people where there is no error: what a group waits for, why a job was moved. They are stored as they
 * read in English; whoever reads another language finds the template and its facts again, since facts are not stored beside a sentence.
 */
import { type FactValue, fillMessage } from '../errors.ts';

/** In English and Japanese, with the same facts (a test compares them). Of two that fit, the first one counts. */
export const REMARKS = {
  'device-back': { en: 'the device is there again', ja: 'デバイスから再び連絡がありました' },
  'not-begun': { en: 'it had not begun', ja: '開始前でした' },
  wake: { en: '{peer} is asked to wake it', ja: '{peer} に起動を依頼しました' },
  'merlin-ended': { en: 'Merlin ended with {code}', ja: 'Merlin が {code} で終了しました' },
  written: { en: '{bytes} bytes written', ja: '{bytes} バイトを書き込みました' },
  paused: { en: 'paused by {user}', ja: '{user} が一時停止しました' },
  'other-wish': {
    en: 'the desired state of the group was changed',
    ja: 'グループの指定が変更されました',
  },
  'no-wish': {
    en: 'the group has no desired state any more',
    ja: 'グループの指定が取り消されました',
  },
  'other-version': { en: 'another version is wished', ja: '別のバージョンが指定されました' },
  stopped: { en: 'the rollout stopped', ja: '適用が停止しました' },
  failures: {
    en: '{count} failed, allowed are {allowed}: {devices}',
    ja: '{count} 台が失敗しました(許容 {allowed} 台): {devices}',
  },
  'ring-waits': {
    en: 'ring {ring} of {rings}: waits for its devices',
    ja: 'リング {ring}/{rings}: デバイスを待っています',
  },
  'ring-none-why': {
    en: 'ring {ring} of {rings}: none of its devices has it: {why}',
    ja: 'リング {ring}/{rings}: 適用できたデバイスがありません: {why}',
  },
  'ring-none': {
    en: 'ring {ring} of {rings}: none of its devices has it',
    ja: 'リング {ring}/{rings}: 適用できたデバイスがありません',
  },
  'ring-soaks': {
    en: 'ring {ring} of {rings} has it; waits before the next',
    ja: 'リング {ring}/{rings} は適用済み。次のリングまで待っています',
  },
  'lacks-why': {
    en: '{count} devices do not have it: {why}',
    ja: '{count} 台に適用できていません: {why}',
  },
  lacks: { en: '{count} devices do not have it', ja: '{count} 台に適用できていません' },
} as const satisfies Record<string, { readonly en: string; readonly ja: string }>;

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
type Remark = keyof typeof REMARKS;

/** A remark as it is stored. */
export const remark = <Key extends Remark>(
  key: Key,
  facts: Readonly<Record<Names<(typeof REMARKS)[Key]['en']>, FactValue>>,
): string => fillMessage(REMARKS[key].en, facts);

/** An error as a part of a remark: `CODE: message`. */
export const errorRemark = ({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): string => `${code}: ${message}`;

/** Where a fact ends that begins at `at` and has these words behind it; -1 where they do not follow. */
const endOfFact = (text: string, at: number, words: string, isLast: boolean): number => {
  if (isLast) return text.endsWith(words) ? text.length - words.length : -1;
  // Nobody knows where a fact ends that has another one right behind it.
  return words === '' ? -1 : text.indexOf(words, at);
};

/**
 * The facts that a template was filled with to give a text; undefined when it was not. Each fact is as short as it can be, and the time is
 * that of one look through the text: others may have written it.
 */
export const factsIn = (
  template: string,
  text: string,
): Readonly<Record<string, string>> | undefined => {
  // Names of facts and the words behind them in turn.
  const [first = '', ...parts] = template.split(/\{(\w+)\}/);
  if (!text.startsWith(first)) return undefined;
  const facts = new Map<string, string>();
  let at = first.length;
  for (let index = 0; index < parts.length; index += 2) {
    const [name = '', words = ''] = [parts[index], parts[index + 1]];
    const end = endOfFact(text, at, words, index === parts.length - 2);
    if (end < at) return undefined;
    const value = text.slice(at, end);
    if ((facts.get(name) ?? value) !== value) return undefined;
    facts.set(name, value);
    at = end + words.length;
  }
  return at === text.length ? Object.fromEntries(facts) : undefined;
};
