/** English and Japanese: what people read is chosen here, at the edge, from a phrase with both. */

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One text in every language. */
export type Phrase = Readonly<Record<Language, string>>;

/** True for a value of `--lang`. */
export const isLanguage = (text: string | undefined): text is Language =>
  text === 'en' || text === 'ja';

/** Language of a locale name such as `ja_JP.UTF-8` (POSIX, "8.2 Internationalization Variables"). */
export const languageOfLocale = (locale: string | undefined): Language =>
  /^ja\b/i.test((locale ?? '').replace('_', '-')) ? 'ja' : 'en';
