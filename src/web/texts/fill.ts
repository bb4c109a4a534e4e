/** Texts with places for values. */

/** In English and Japanese. */
export interface Phrase {
  readonly en: string;
  readonly ja: string;
}
export type Language = keyof Phrase;

/** `{name}` of a text is the value of that name. */
export const fill = (
  text: string,
  values: Readonly<Record<string, string | number>> = {},
): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** The language of a person whose browser prefers these, the first one first. */
export const languageOf = (preferred: readonly string[]): Language => {
  const known = preferred.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'en' || tag === 'ja');
  return known === 'ja' ? 'ja' : 'en';
};
