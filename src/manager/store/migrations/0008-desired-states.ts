import type { Migration } from './migration.ts';

/** What groups of devices are to run, and how far the manager is with it. */
export const DESIRED_STATES: Migration = {
  number: 8,
  name: 'desired-states',
  statements: [
    `create table desired_state (
      group_name text not null primary key references device_group (name) on delete cascade,
      image text not null,
      kind text not null check (kind in ('bi', 'bi-pi')),
      rings text not null,
      most_failures {int} not null,
      soak_seconds {int} not null,
      window_from text,
      window_to text,
      limit_bytes_per_second {int},
      countdown_seconds {int},
      postpones {int} not null,
      postpone_seconds {int} not null,
      health_seconds {int} not null,
      version_id text,
      ring {int} not null,
      state text not null check (state in ('running', 'paused', 'stopped', 'reached')),
      reason text not null,
      round {int} not null,
      began_at text not null,
      ring_began_at text not null,
      set_at text not null,
      set_by text not null
    ) {strict}`,
    'alter table command add column rollout text',
    'alter table command add column rollout_round {int}',
    'create index command_by_rollout on command (rollout, rollout_round)',
  ],
};
