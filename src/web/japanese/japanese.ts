/**
 * Errors and remarks of the manager in Japanese: a file of its own, which only those load who read Japanese. An error is made anew from its
 * code and facts. Of what a device or manager said once the sentence is stored, and its facts are found again by the template of its code;
 * a sentence of another release that none fits stays as it is.
 */
import { ERROR_TABLE, type ErrorCode, fillMessage } from '../../errors.ts';
import { factsIn, REMARKS } from '../../job/remarks.ts';
import { JAPANESE } from '../../messages-ja.ts';
import { REASONS } from './reasons.ts';

type Facts = Readonly<Record<string, string | number>>;

/** A value of a fact as people read it: states and names of things have words. */
export type WordOf = (fact: string, value: string) => string;

/** A remark holds an error, which holds a reason: no deeper. */
const DEEPEST = 3;
/** Facts that are sentences. */
const SENTENCES: ReadonlySet<string> = new Set(['reason', 'why']);
/** An error as a part of a remark. */
const WITH_CODE = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (.*)$/s;

const isCode = (code: string): code is ErrorCode => Object.hasOwn(JAPANESE, code);

const worded = (facts: Facts, wordOf: WordOf, depth: number): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      SENTENCES.has(name) && depth < DEEPEST
        ? sentence(null, String(value), wordOf, depth + 1)
        : wordOf(name, String(value)),
    ]),
  );

const fillFirst = (
  rows: Iterable<readonly [template: string, japanese: string]>,
  text: string,
  wordOf: WordOf,
  depth: number,
): string | undefined => {
  for (const [template, japanese] of rows) {
    const facts = factsIn(template, text);
    if (facts !== undefined) return fillMessage(japanese, worded(facts, wordOf, depth));
  }
  return undefined;
};

const KNOWN: readonly (readonly [string, string])[] = [
  ...Object.values(REMARKS).map(({ en, ja }) => [en, ja] as const),
  ...Object.entries(REASONS),
];

/** A sentence that was stored with its code, or without one. */
export const sentence = (code: string | null, text: string, wordOf: WordOf, depth = 0): string => {
  if (code !== null && isCode(code)) {
    const row = [ERROR_TABLE[code].message, JAPANESE[code].message] as const;
    const found = fillFirst([row], text, wordOf, depth);
    if (found !== undefined) return found;
  }
  const known = fillFirst(KNOWN, text, wordOf, depth);
  if (known !== undefined) return known;
  const [, inner = '', rest = ''] = WITH_CODE.exec(text) ?? [];
  return inner === '' || depth >= DEEPEST
    ? text
    : `${sentence(inner, rest, wordOf, depth + 1)} (${inner})`;
};

/** Message and hint of an error; undefined for a code that this release does not know. */
export const failure = (
  code: string,
  facts: Facts,
  wordOf: WordOf,
): { readonly message: string; readonly hint: string } | undefined => {
  if (!isCode(code)) return undefined;
  const { message, hint } = JAPANESE[code];
  const words = worded(facts, wordOf, 0);
  return { message: fillMessage(message, words), hint: fillMessage(hint, words) };
};
