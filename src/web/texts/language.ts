/** The language that the console speaks: what was chosen, else what the browser prefers. */
import { computed, effect, signal } from '@preact/signals';
import { fill, type Language, languageOf, type Phrase } from './fill.ts';
import { TEXTS } from './texts.ts';

const KEY = 'nacre.language';

const chosen = localStorage.getItem(KEY);

export const language = signal<Language>(
  languageOf(chosen === null ? navigator.languages : [chosen]),
);

effect(() => {
  document.documentElement.lang = language.value;
});

/** For times and numbers: the country of the browser counts where it speaks the language. */
export const locale = computed(
  () => navigator.languages.find((tag) => tag.startsWith(language.value)) ?? language.value,
);

export const chooseLanguage = (next: Language): void => {
  localStorage.setItem(KEY, next);
  language.value = next;
};

export type TextKey = keyof typeof TEXTS;

const table: Readonly<Record<TextKey, Phrase>> = TEXTS;

/** A text in the language of the console. */
export const text = (key: TextKey, values?: Readonly<Record<string, string | number>>): string =>
  fill(table[key][language.value], values);

const isKey = (key: string): key is TextKey => Object.hasOwn(table, key);

/** The text of a key that is made of an answer's word; the word itself where there is none. */
export const textOr = (
  key: string,
  word: string,
  values?: Readonly<Record<string, string | number>>,
): string => (isKey(key) ? text(key, values) : word);
