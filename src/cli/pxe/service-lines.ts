/** Lines of the log of `nacre pxe serve` for people: a sentence for what an administrator knows, the fields for the rest. */
import { ERROR_TABLE, fillMessage } from '../../errors.ts';
import { JAPANESE } from '../../messages-ja.ts';
import { FINDING_MESSAGE } from '../../pxe/service/network-watch.ts';
import { formatBytes } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { findingSentence, isFinding } from './findings.ts';
import { ANSWER_WORDS, SILENCE_WORDS } from './reasons.ts';

/** A line of pino, parsed. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Sentences by the message of their line; `{why}` stands for its reasons, `{size}` for its bytes. */
const SENTENCES: Readonly<Record<string, Phrase>> = {
  'network boot ready': {
    en: 'ready: {interfaces}; addresses {addresses}; policy {policy}; pin {pin}',
    ja: '準備完了: {interfaces}、アドレス {addresses}、ポリシー {policy}、pin {pin}',
  },
  'network boot answered': {
    en: '{mac} is told to load {file} by {transport}: {why}',
    ja: '{mac} に {file}({transport})を案内: {why}',
  },
  'nothing to boot is offered': {
    en: '{mac} gets no answer: {why}',
    ja: '{mac} には応答しない: {why}',
  },
  'network boot cannot be answered': {
    en: '{mac} cannot be answered: {why}',
    ja: '{mac} に応答できない: {why}',
  },
  'address leased': {
    en: '{mac} has the address {address}',
    ja: '{mac} にアドレス {address} を配布',
  },
  'tftp transfer ended': {
    en: '{address} loaded {file} by TFTP: {size}, {outcome}',
    ja: '{address} が {file} を TFTP で読み込み: {size}、{outcome}',
  },
  'tftp request refused': {
    en: '{address} asked for {file} by TFTP: {reason}',
    ja: '{address} が TFTP で {file} を要求: {reason}',
  },
  'http file sent': {
    en: '{address} loaded {file} by HTTP: {size}, {end}',
    ja: '{address} が {file} を HTTP で読み込み: {size}、{end}',
  },
  'http service started': {
    en: 'serving HTTP at {address} port {port}',
    ja: '{address} ポート {port} で HTTP を提供中',
  },
  'merlin service started': {
    en: 'serving Merlin at {address} port {port} (HTTPS)',
    ja: '{address} ポート {port} で Merlin に応答中(HTTPS)',
  },
  'merlin asked what to do': {
    en: '{mac} asked by Merlin what to do: {answer} {order} {reason}',
    ja: '{mac} の Merlin が処理を要求: {answer} {order} {reason}',
  },
  'merlin begins': {
    en: '{mac} begins with {disk} (order {order})',
    ja: '{mac} が {disk} の処理を開始(指示 {order})',
  },
  'merlin phase': { en: '{mac}: {phase} (order {order})', ja: '{mac}: {phase}(指示 {order})' },
  'merlin captured': {
    en: '{device} is captured as {image} (order {order})',
    ja: '{device} を {image} として取り込みました(指示 {order})',
  },
  'capture that is over cannot be deleted': {
    en: 'what order {order} sent cannot be deleted',
    ja: '指示 {order} で届いたデータを削除できません',
  },
  'captures that are over cannot be looked for': {
    en: 'captures that are over cannot be looked for',
    ja: '終了した取り込みを検索できません',
  },
  'merlin has done its order': {
    en: '{mac} has done its order {order}',
    ja: '{mac} の指示 {order} が完了',
  },
  'merlin could not do its order': {
    en: '{mac} could not do its order {order}: {code} {reason}',
    ja: '{mac} の指示 {order} が失敗: {code} {reason}',
  },
  'menu is shut': {
    en: "{mac}: the administrator's menu is shut ({wish}): {reason}",
    ja: '{mac}: 管理者メニューは利用できません({wish}): {reason}',
  },
  'menu password is right': {
    en: '{mac}: the administrator is at the menu ({wish}, from {address})',
    ja: '{mac}: 管理者がメニューを操作中({wish}、{address})',
  },
  'menu password is wrong': {
    en: '{mac}: wrong password at the menu ({wish}, from {address})',
    ja: '{mac}: メニューのパスワードが違います({wish}、{address})',
  },
  'menu password not looked at': {
    en: '{mac}: too many wrong passwords; not looked at for {waitSeconds} s ({wish}, from {address})',
    ja: '{mac}: パスワードの誤りが多すぎます。{waitSeconds} 秒間は確認しません({wish}、{address})',
  },
  'administrator ordered the image': {
    en: '{mac}: the administrator ordered its image (order {order})',
    ja: '{mac}: 管理者がイメージの書き込みを指示(指示 {order})',
  },
  'policy of the manager': {
    en: 'new policy of {manager}: {devices} devices, {orders} orders',
    ja: '{manager} の新しいポリシー: 端末 {devices} 台、指示 {orders} 件',
  },
  'manager is back': { en: '{manager} answers again', ja: '{manager} が再び応答' },
  'order is taken back': {
    en: 'order {order} of {device} is taken back; nothing was written',
    ja: '{device} の指示 {order} を取り消しました。何も書き込まれていません',
  },
  'file read again': {
    en: '{file} has changed and is in force',
    ja: '{file} の変更を反映しました',
  },
};

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const has = <Words extends object>(words: Words, key: string): key is keyof Words & string =>
  Object.hasOwn(words, key);

const whyOf = ({ reason, silence, silent }: LogFields, language: Language): string => {
  const [why, hold] = [text(reason), text(silence ?? silent)];
  return [
    ...(has(ANSWER_WORDS, why) ? [ANSWER_WORDS[why][language]] : []),
    ...(has(SILENCE_WORDS, hold) && hold !== 'policy' ? [SILENCE_WORDS[hold][language]] : []),
  ].join('; ');
};

const isFacts = (value: unknown): value is Record<string, string | number> =>
  typeof value === 'object' && value !== null;

/** Message of an error as pino writes it down, in the language where it is one of ours. */
const errorText = (err: unknown, language: Language): string => {
  if (!isFacts(err)) return '';
  const code = text(err['code']);
  const facts: unknown = err['facts'];
  if (!has(ERROR_TABLE, code) || !isFacts(facts)) return text(err['message']);
  const row = language === 'ja' ? JAPANESE[code] : ERROR_TABLE[code];
  return `${fillMessage(row.message, facts)} ${fillMessage(row.hint, facts)}`;
};

const HIDDEN: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err']);

const restOf = (line: LogFields, language: Language): string => {
  const fields = Object.entries(line).flatMap(([key, value]) =>
    HIDDEN.has(key) || text(value) === '' ? [] : [`${key} ${text(value)}`],
  );
  const error = errorText(line['err'], language);
  return [text(line['msg']), ...(fields.length > 0 ? [`(${fields.join(', ')})`] : [])]
    .join(' ')
    .concat(error === '' ? '' : `: ${error}`);
};

/** The sentence of a line. */
export const sentenceOf = (line: LogFields, language: Language): string => {
  const msg = text(line['msg']);
  const finding = text(line['finding']);
  if (msg === FINDING_MESSAGE && isFinding(finding))
    return findingSentence(finding, line, language);
  if (!has(SENTENCES, msg)) return restOf(line, language);
  const bytes = line['bytes'];
  const derived: LogFields = {
    why: whyOf(line, language),
    size: typeof bytes === 'number' ? formatBytes(bytes) : '',
  };
  const sentence = SENTENCES[msg]?.[language] ?? msg;
  return sentence.replace(/\{(\w+)\}/g, (_, key: string) => text({ ...line, ...derived }[key]));
};
