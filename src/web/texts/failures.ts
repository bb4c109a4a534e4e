/** Errors and remarks of the manager in the language of the console. */
import { effect, signal } from '@preact/signals';
import type * as Japanese from '../japanese/japanese.ts';
import { language, textOr } from './language.ts';

/** There once it was loaded; until then, and where it cannot be, people read what the manager says: English. */
const japanese = signal<typeof Japanese | undefined>(undefined);

effect(() => {
  if (language.value !== 'ja' || japanese.peek() !== undefined) return;
  import('../japanese/japanese.ts').then(
    (loaded) => {
      japanese.value = loaded;
    },
    // The manager is away: the page says so itself. Whoever chooses the language again tries again.
    () => undefined,
  );
});

const loaded = (): typeof Japanese | undefined =>
  language.value === 'ja' ? japanese.value : undefined;

/** `device pc-1, job 4f2a9c01`. */
const usersText = (users: string): string =>
  users.replace(/(^|, )([a-z]+) /g, (_whole, before: string, thing: string) => {
    const word = textOr(`thing.${thing}`, thing);
    return `${before}${word} `;
  });

/** Values of facts that are words of ours. */
const wordOf: Japanese.WordOf = (fact, value) => {
  if (fact === 'state') return textOr(`job-state.${value}`, textOr(`state.${value}`, value));
  if (fact === 'what') return textOr(`thing.${value}`, value);
  return fact === 'users' ? usersText(value) : value;
};

/** What a failure is told by: those of the API, and reasons in plans. */
interface Told {
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** In English. */
  readonly message: string;
  readonly hint: string;
}

/** Message and hint. */
export const failureText = ({ code, facts, message, hint }: Told) =>
  loaded()?.failure(code, facts, wordOf) ?? { message, hint };

/** What was stored with a code, or without one. */
export const sentenceText = (code: string | null, message: string): string =>
  loaded()?.sentence(code, message, wordOf) ?? message;
