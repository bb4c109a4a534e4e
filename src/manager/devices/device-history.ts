/** What happened to a device: what people decided, and what its jobs did. */
import type { Ground } from '../ground.ts';
import { deviceHistory, type HistoryRow } from '../store/history-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import { knownDevice } from './device.ts';

/** The newest first. @throws NacreError MANAGER_NOT_FOUND */
export const readHistory = (
  { store }: Ground,
  id: string,
  wish: PageWish,
): Promise<Page<HistoryRow>> =>
  store.read(async (db) => {
    await knownDevice(db, id);
    return deviceHistory(db, id, wish);
  });
