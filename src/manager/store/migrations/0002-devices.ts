import type { Migration } from './migration.ts';

/** Devices, what they are known by, how they are let in, and how people sort them. */
export const DEVICES: Migration = {
  number: 2,
  name: 'devices',
  statements: [
    `create table device (
      id text not null primary key,
      name text not null,
      state text not null check (state in ('pending', 'approved', 'held', 'revoked')),
      public_key text unique,
      fingerprint text unique,
      uuid text,
      serial text,
      disk_serial text,
      note text not null,
      search text not null,
      first_seen_at text not null,
      last_seen_at text not null,
      decided_at text,
      decided_by text,
      support_img_backup {int},
      backup_image_present {int},
      back_image_ver text
    ) {strict}`,
    'create index device_by_state on device (state)',
    'create index device_by_name on device (name)',
    'create index device_by_uuid on device (uuid)',
    'create index device_by_serial on device (serial)',
    'create index device_by_disk_serial on device (disk_serial)',
    `create table device_mac (
      device_id text not null references device (id) on delete cascade,
      mac text not null,
      primary key (device_id, mac)
    ) {strict}`,
    'create index device_mac_by_mac on device_mac (mac)',
    `create table device_conflict (
      device_id text not null references device (id) on delete cascade,
      other_id text not null references device (id) on delete cascade,
      hint text not null,
      value text not null,
      found_at text not null,
      primary key (device_id, other_id, hint)
    ) {strict}`,
    'create index device_conflict_by_other on device_conflict (other_id)',
    `create table device_tag (
      device_id text not null references device (id) on delete cascade,
      tag text not null,
      primary key (device_id, tag)
    ) {strict}`,
    'create index device_tag_by_tag on device_tag (tag)',
    `create table device_group (
      name text not null primary key,
      note text not null,
      created_at text not null
    ) {strict}`,
    `create table device_group_member (
      group_name text not null references device_group (name) on delete cascade,
      device_id text not null references device (id) on delete cascade,
      primary key (group_name, device_id)
    ) {strict}`,
    'create index device_group_member_by_device on device_group_member (device_id)',
    `create table join_code (
      id text not null primary key,
      code_hash text not null unique,
      note text not null,
      group_name text references device_group (name) on delete set null,
      created_at text not null,
      created_by text not null,
      expires_at text not null,
      uses_left {int} not null
    ) {strict}`,
    `create table pre_approval (
      id text not null primary key,
      name text,
      fingerprint text,
      uuid text,
      serial text,
      mac text,
      group_name text references device_group (name) on delete set null,
      tags text not null,
      created_at text not null,
      created_by text not null
    ) {strict}`,
    `create table ignored_hint (
      hint text not null,
      value text not null,
      note text not null,
      primary key (hint, value)
    ) {strict}`,
  ],
};
