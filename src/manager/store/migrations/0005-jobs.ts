import type { Migration } from './migration.ts';

const STATES =
  "'planned', 'queued', 'sent', 'downloading', 'backed-up', 'armed', 'imaging', 'verifying', 'first-boot', 'done', 'failed', 'cancelled', 'lost'";

/** Orders of people, the jobs that they are for each device, and what limits them. */
export const JOBS: Migration = {
  number: 5,
  name: 'jobs',
  statements: [
    'alter table version add column stored_bytes {int}',
    `create table command (
      id text not null primary key,
      kind text not null check (kind in ('bi', 'pi', 'bi-pi', 'convert', 'capture')),
      image_name text not null,
      version_id text not null,
      start_at text,
      window_from text,
      window_to text,
      limit_bytes_per_second {int},
      countdown_seconds {int},
      postpones {int} not null,
      postpone_seconds {int} not null,
      health_seconds {int} not null,
      most_attempts {int} not null,
      created_at text not null,
      created_by text not null
    ) {strict}`,
    'create index command_by_image on command (image_name, version_id)',
    `create table command_arg (
      command_id text not null references command (id) on delete cascade,
      arg_id {int} not null,
      value text not null,
      primary key (command_id, arg_id, value)
    ) {strict}`,
    `create table job (
      id text not null primary key,
      command_id text not null references command (id),
      device_id text not null references device (id) on delete cascade,
      state text not null check (state in (${STATES})),
      attempt {int} not null,
      due_at text not null,
      deadline_at text,
      retry_at text,
      ticket_counter {int},
      ticket_attempt {int},
      ticket_issued_at text,
      ticket_expires_at text,
      subnet text,
      limit_bytes_per_second {int},
      done_bytes {int} not null,
      total_bytes {int} not null,
      code text,
      message text not null,
      cancel_requested_at text,
      created_at text not null,
      changed_at text not null,
      started_at text,
      ended_at text
    ) {strict}`,
    // One job for one device at a time, whoever makes it and however many managers there are.
    `create unique index job_open_by_device on job (device_id)
      where state not in ('done', 'failed', 'cancelled', 'lost')`,
    'create index job_by_device on job (device_id, created_at)',
    'create index job_by_state on job (state, due_at)',
    'create index job_by_deadline on job (deadline_at)',
    'create index job_by_command on job (command_id)',
    'create index job_by_creation on job (created_at, id)',
    `create table job_event (
      number {serial},
      job_id text not null references job (id) on delete cascade,
      at text not null,
      event text not null,
      from_state text,
      to_state text not null,
      attempt {int} not null,
      actor_kind text not null,
      actor text not null,
      done_bytes {int} not null,
      total_bytes {int} not null,
      code text,
      message text not null
    ) {strict}`,
    'create index job_event_by_job on job_event (job_id)',
    `create table subnet (
      cidr text not null primary key,
      note text not null,
      most_jobs {int},
      bytes_per_second {int}
    ) {strict}`,
    `create table job_setting (
      name text not null primary key,
      value {int} not null
    ) {strict}`,
  ],
};
