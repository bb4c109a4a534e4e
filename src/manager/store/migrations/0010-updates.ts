import type { Migration } from './migration.ts';

/** Images that are changed on a terminal: who holds one, since when, and what became of it. */
export const UPDATES: Migration = {
  number: 10,
  name: 'updates',
  statements: [
    `create table update_session (
      id text not null primary key,
      image_name text not null,
      base_id text not null,
      terminal text not null,
      user_name text not null,
      state text not null check (
        state in ('started', 'uploading', 'verifying', 'done', 'cancelled', 'released', 'expired')
      ),
      comment text not null,
      token_hash text,
      version_id text,
      used_bytes {int},
      stored_bytes {int},
      reason text not null,
      started_at text not null,
      changed_at text not null,
      expires_at text not null,
      warned_at text,
      ended_at text
    ) {strict}`,
    `create unique index update_session_held on update_session (image_name)
      where state in ('started', 'uploading', 'verifying')`,
    'create index update_session_by_time on update_session (started_at)',
  ],
};
