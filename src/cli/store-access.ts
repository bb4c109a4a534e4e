/** Opens the store that `--store` and the settings name. */
import type { ImageStore, OpenStoreOptions } from '../image/store/store.ts';
import type { Session } from './session.ts';

/** How every store of a run is opened. */
export const storeOptionsOf = ({ storePins, signal, s3 }: Session): OpenStoreOptions => ({
  storePins,
  signal,
  s3,
});

/** @throws NacreError STORE_NOT_FOUND, STORE_FORMAT, … */
export const openStoreOf = async (session: Session): Promise<ImageStore> => {
  const { openStore } = await import('../image/store/store.ts');
  return openStore(session.store, storeOptionsOf(session));
};
