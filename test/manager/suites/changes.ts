import { MANAGER } from '../../../src/manager/ground.ts';
import { audit } from '../../../src/manager/identity/audit.ts';
import { AUDIT_FEED, ChangeFeed } from '../../../src/manager/service/change-feed.ts';
import { openStore } from '../../../src/manager/store/open-store.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import type { Case } from './suite.ts';

export const CHANGE_CASES: readonly Case[] = [
  {
    title:
      'changes by another manager on the same data base are told once and in order, those before are not',
    check: async (t, { ground, place }) => {
      const { log } = collectingLog();
      const now = () => new Date();
      await using store = await openStore({ place, now, log });
      const change = (subject: string) =>
        store.change((db) => audit(ground, db, MANAGER, { action: 'test', kind: 'test', subject }));
      for (let count = 0; count < 100; count += 1) await change(`before ${count}`);
      const feed = new ChangeFeed(ground, AUDIT_FEED, log);
      const told: string[] = [];
      const all = new Promise<void>((resolve) => {
        void feed
          .subscribe(({ subject }) => {
            told.push(subject);
            if (subject === 'last') resolve();
          })
          .then(async () => {
            for (let count = 0; count < 150; count += 1) await change(String(count));
            await change('last');
          });
      });
      await all;
      t.deepEqual(told, [...Array.from({ length: 150 }, (_, count) => String(count)), 'last']);
      await feed.close();
    },
  },
];
