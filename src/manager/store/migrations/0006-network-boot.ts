import type { Migration } from './migration.ts';

/** What devices say that were only seen starting from the network. */
export const NETWORK_BOOT: Migration = {
  number: 6,
  name: 'network-boot',
  statements: [
    `create table network_start (
      device_id text not null primary key references device (id) on delete cascade,
      architecture text,
      machine text not null,
      disk_bytes {int},
      sector_size {int},
      seen_at text not null
    ) {strict}`,
  ],
};
