/** A program that changes a store for ever, to be killed: `store-writer.ts FOLDER SEED`. */
import { isNacreError } from '../../src/errors.ts';
import { type ImageStore, openStore } from '../../src/image/store/store.ts';
import { publishLetters } from './hand-made-image.ts';
import { Random } from './random.ts';

const NAMES = ['one', 'two', 'three'] as const;

const step = async (store: ImageStore, random: Random): Promise<void> => {
  const name = random.pick(NAMES);
  const disk = Array.from({ length: 8 }, () => random.pick([...'ABCDEFGHIJKLMNOP0-'] as ['A']));
  switch (random.below(5)) {
    case 0:
      await store.remove(name);
      return;
    case 1:
      await store.bin.empty();
      return;
    case 2:
      await store.gc({ dryRun: false });
      return;
    default:
      await publishLetters(store, name, disk.join(''));
  }
};

const [folder = '', seed = '1'] = process.argv.slice(2);
const store = await openStore(folder, { create: true });
const random = new Random(Number(seed));
process.stdout.write('ready\n');
for (;;) {
  try {
    await step(store, random);
  } catch (error) {
    // Nothing to remove is no failure here.
    if (!isNacreError(error, 'IMAGE_NOT_FOUND') && !isNacreError(error, 'IMAGE_IN_BIN'))
      throw error;
  }
}
