import type { Migration } from './migration.ts';

/** Images and their versions as the store of images has them, and the packages that they are. */
export const PACKAGES: Migration = {
  number: 3,
  name: 'packages',
  statements: [
    `create table image (
      name text not null primary key,
      title text not null,
      latest_id text,
      stored_bytes {int} not null
    ) {strict}`,
    `create table version (
      image_name text not null references image (name) on delete cascade,
      id text not null,
      parent_id text,
      comment text not null,
      created_at text not null,
      disk_bytes {int} not null,
      used_bytes {int} not null,
      primary key (image_name, id)
    ) {strict}`,
    'create index version_by_id on version (id)',
    `create table label (
      image_name text not null references image (name) on delete cascade,
      label text not null,
      version_id text not null,
      primary key (image_name, label)
    ) {strict}`,
    `create table package (
      name text not null primary key references image (name) on delete cascade,
      type text not null check (type in ('Merlin')),
      number text not null,
      description text not null,
      os text not null,
      category text not null,
      is_autogenic {int} not null check (is_autogenic in (0, 1)),
      created_at text not null
    ) {strict}`,
  ],
};
