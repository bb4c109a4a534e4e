import type { Migration } from './migration.ts';

/** Copies of the store of images near the devices, and the subnets that ask them first. */
export const REPOSITORIES: Migration = {
  number: 7,
  name: 'repositories',
  statements: [
    `create table repository (
      name text not null primary key,
      url text not null,
      pin text,
      note text not null
    ) {strict}`,
    'alter table subnet add column repository text references repository (name)',
  ],
};
