/** Which manager decides for the service of a data folder, and how old its word is. */
import type { ManagerWord } from '../../pxe/bridge/kept-policy.ts';
import type { Policy } from '../../pxe/policy/policy.ts';
import type { ServicePaths } from '../../pxe/service/service-paths.ts';
import type { ServiceRecord } from '../../pxe/service/service-record.ts';
import { formatTime } from '../format.ts';
import type { Language, Phrase } from '../language.ts';

/** The word of a manager, and its age. */
export interface HeardManager extends ManagerWord {
  readonly ageSeconds: number;
}

const HEARD: Phrase = {
  en: 'manager {server}: its word is of {time}, {age} s ago',
  ja: 'マネージャー {server}: 最後の指示は {time}({age} 秒前)',
};
const AWAY: Phrase = {
  en: '; AWAY ({problem}), devices start by its last word',
  ja: '。応答なし({problem})。最後の内容で動作しています',
};

/** Undefined where a file decides. */
export const readHeardManager = async (
  paths: ServicePaths,
  running: ServiceRecord | undefined,
): Promise<HeardManager | undefined> => {
  if (running !== undefined && !running.isManaged) return undefined;
  const { readManagerWord } = await import('../../pxe/bridge/kept-policy.ts');
  const word = await readManagerWord(paths);
  if (word === undefined) return undefined;
  const ageSeconds = Math.max(0, Math.round((Date.now() - Date.parse(word.heardAt)) / 1000));
  return { ...word, ageSeconds };
};

/** The policy that was kept of it; which keys are trusted is known to the service alone. */
export const readHeardPolicy = async (
  paths: ServicePaths,
  { server }: HeardManager,
): Promise<Policy | undefined> => {
  const { readKeptPolicy, tryPolicyOf } = await import('../../pxe/bridge/kept-policy.ts');
  const kept = await readKeptPolicy(paths, server);
  return kept && tryPolicyOf(kept, server, { kind: 'unsigned' });
};

export const heardText = (
  { server, heardAt, ageSeconds, problem }: HeardManager,
  language: Language,
): string => {
  const text = HEARD[language]
    .replace('{server}', server)
    .replace('{time}', formatTime(heardAt))
    .replace('{age}', String(ageSeconds));
  return problem === null ? text : `${text}${AWAY[language].replace('{problem}', problem)}`;
};
