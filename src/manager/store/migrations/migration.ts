/** What a migration is. */
import type { DialectName } from '../dialect-text.ts';

/** One step forward. Released ones are never changed: another is added. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  readonly name: string;
  /** For both data bases, with the words of dialect-text.ts. */
  readonly statements: readonly string[];
  /** What one of them needs besides. */
  readonly only?: Readonly<Partial<Record<DialectName, readonly string[]>>>;
}
