/** What the commands for users print, whether they ask a manager or work on its data base. */
import type { User } from '../../manager/identity/users.ts';
import type { OptionSpec } from '../command.ts';
import { formatTable, formatTime } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { WORDS } from '../words.ts';

export const ROLE: OptionSpec = {
  flags: '--role <ROLE>',
  text: {
    en: 'viewer (looks), operator (works with devices) or administrator (default: viewer)',
    ja: 'viewer(閲覧)、operator(端末の操作)、administrator(管理)のいずれか(既定: viewer)',
  },
};

export const usersText = (users: readonly User[], language: Language): string =>
  formatTable(
    [WORDS.name, WORDS.role, WORDS.created].map((title) => ({ title: title[language] })),
    users.map(({ name, role, createdAt }) => [name, role, formatTime(createdAt)]),
  );

/** For passwords that the program made itself: what stands here stands nowhere else. */
export const MADE_PASSWORD: Phrase = {
  en: 'password of {name} (shown only now): {password}\n',
  ja: '{name} のパスワード(表示は今回のみ): {password}\n',
};

export const passwordText = (name: string, password: string, language: Language): string =>
  MADE_PASSWORD[language].replace('{name}', name).replace('{password}', password);
