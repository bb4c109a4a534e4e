/** Keeping a locator that had to be made again. */
import { serializeLocator } from '../../codec/locator.ts';
import { isNacreError } from '../../errors.ts';
import { locatorName } from './store-layout.ts';
import { type StoreContext, withStoreLock } from './store-lock.ts';

/** Writes the locator of a version where the store can be written; it is only a shortcut. */
export const keepLocator = async (
  context: StoreContext,
  id: string,
  packs: readonly { readonly id: string }[],
): Promise<void> => {
  const bytes = serializeLocator({ packs: packs.map((pack) => pack.id) });
  try {
    const impatient = { ...context, lockWaitMs: 0 };
    await withStoreLock(impatient, () => context.files.write(locatorName(id), bytes));
  } catch (reason) {
    const isHarmless = (['STORE_READ_ONLY', 'STORE_BUSY', 'STORE_FULL'] as const).some((code) =>
      isNacreError(reason, code),
    );
    if (!isHarmless) throw reason;
  }
};
