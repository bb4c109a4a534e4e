import type { Migration } from './migration.ts';

/** Keys, users, how they are let in, and the record of what they changed. */
export const USERS: Migration = {
  number: 1,
  name: 'users',
  statements: [
    `create table manager_key (
      name text not null primary key,
      private_pem text not null,
      certificate_pem text
    ) {strict}`,
    `create table "user" (
      id text not null primary key,
      name text not null unique,
      role text not null check (role in ('viewer', 'operator', 'administrator')),
      password_hash text not null,
      created_at text not null
    ) {strict}`,
    `create table session (
      secret_hash text not null primary key,
      user_id text not null references "user" (id) on delete cascade,
      created_at text not null,
      expires_at text not null
    ) {strict}`,
    'create index session_by_user on session (user_id)',
    `create table api_token (
      id text not null primary key,
      user_id text not null references "user" (id) on delete cascade,
      name text not null,
      secret_hash text not null unique,
      scopes text not null,
      created_at text not null,
      expires_at text not null,
      last_used_at text
    ) {strict}`,
    'create index api_token_by_user on api_token (user_id)',
    `create table audit (
      number {serial},
      at text not null,
      actor_kind text not null,
      actor text not null,
      address text not null,
      action text not null,
      subject_kind text not null,
      subject text not null,
      facts text not null
    ) {strict}`,
    'create index audit_by_subject on audit (subject_kind, subject)',
  ],
  only: {
    sqlite: [
      `create trigger audit_no_update before update on audit
        begin select raise(abort, 'the audit is only added to'); end`,
      `create trigger audit_no_delete before delete on audit
        begin select raise(abort, 'the audit is only added to'); end`,
    ],
    postgres: [
      `create function audit_is_only_added_to() returns trigger language plpgsql as
        $$ begin raise exception 'the audit is only added to'; end $$`,
      `create trigger audit_no_change before update or delete or truncate on audit
        for each statement execute function audit_is_only_added_to()`,
    ],
  },
};
