import type { Migration } from './migration.ts';

/** What agents say of their devices. */
export const AGENTS: Migration = {
  number: 4,
  name: 'agents',
  statements: [
    `create table device_agent (
      device_id text not null primary key references device (id) on delete cascade,
      run text not null,
      last_number {int} not null,
      last_digest text not null,
      release text not null,
      runs_in text not null check (runs_in in ('os', 'merlin')),
      inventory text not null,
      backup text,
      block text,
      hints_digest text not null,
      clock_ahead_seconds {int},
      address text not null,
      checked_in_at text not null
    ) {strict}`,
    `create table device_run (
      device_id text not null references device (id) on delete cascade,
      run text not null,
      last_number {int} not null,
      retired_at text not null,
      primary key (device_id, run)
    ) {strict}`,
    `create table device_generation (
      device_id text not null references device (id) on delete cascade,
      image_name text not null,
      version_id text not null,
      is_complete {int} not null check (is_complete in (0, 1)),
      is_verified {int} not null check (is_verified in (0, 1)),
      size_bytes {int} not null,
      primary key (device_id, version_id)
    ) {strict}`,
    'create index device_generation_by_version on device_generation (version_id)',
  ],
};
