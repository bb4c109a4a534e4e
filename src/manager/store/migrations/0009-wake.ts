import type { Migration } from './migration.ts';

/** Orders whose devices are woken by others of their subnet. */
export const WAKE: Migration = {
  number: 9,
  name: 'wake',
  statements: [
    'alter table command add column wake {int} not null default 0',
    'alter table desired_state add column wake {int} not null default 0',
  ],
};
