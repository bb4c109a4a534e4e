/** Opens the store that `--store` and the settings name. */
import type { ImageStore } from '../image/store/store.ts';
import type { Session } from './session.ts';

/** @throws NacreError STORE_NOT_FOUND, STORE_FORMAT, … */
export const openStoreOf = async (session: Session): Promise<ImageStore> => {
  const { openStore } = await import('../image/store/store.ts');
  return openStore(session.store);
};
