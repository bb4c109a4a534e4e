/**
 * The tables as the query builder knows them. Times are ISO 8601 UTC text, sizes bytes in 64-bit integers, booleans 0 and 1.
 * Names are the seed's where it has one: device, package, image, version, label, user, audit.
 */
import type { Generated } from 'kysely';

/** 0 or 1: STRICT tables of SQLite know no booleans. */
export type Flag = 0 | 1;

/** Which migrations ran. */
export interface SchemaMigrationTable {
  readonly number: number;
  readonly name: string;
  readonly applied_at: string;
}

/** Keys of this manager, `ca` and `server`: in the data base, so that several managers on one are one to devices. */
export interface ManagerKeyTable {
  readonly name: string;
  readonly private_pem: string;
  /** null for a key whose certificate is made at each start. */
  readonly certificate_pem: string | null;
}

export interface UserTable {
  readonly id: string;
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'administrator';
  readonly password_hash: string;
  readonly created_at: string;
}

export interface SessionTable {
  /** SHA-256 of the cookie, hex: the table opens no session. */
  readonly secret_hash: string;
  readonly user_id: string;
  readonly created_at: string;
  readonly expires_at: string;
}

export interface ApiTokenTable {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly secret_hash: string;
  /** Separated by blanks. */
  readonly scopes: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
}

/** Rows are only added: triggers refuse everything else. */
export interface AuditTable {
  readonly number: Generated<number>;
  readonly at: string;
  readonly actor_kind: string;
  readonly actor: string;
  readonly address: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject: string;
  /** JSON object. */
  readonly facts: string;
}

/** All tables. */
export interface Tables {
  readonly schema_migration: SchemaMigrationTable;
  readonly manager_key: ManagerKeyTable;
  readonly user: UserTable;
  readonly session: SessionTable;
  readonly api_token: ApiTokenTable;
  readonly audit: AuditTable;
}

/**
 * Tables in the order in which rows can be copied: what others refer to comes first. `schema_migration` is not among them: each
 * data base has its own.
 */
export const TABLE_ORDER = [
  'manager_key',
  'user',
  'session',
  'api_token',
  'audit',
] as const satisfies readonly (keyof Tables)[];
