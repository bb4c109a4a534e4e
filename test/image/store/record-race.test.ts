import path from 'node:path';
import test from 'ava';
import { FolderStore } from '../../../src/image/store/folder-store.ts';
import { readRecord } from '../../../src/image/store/image-records.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('a record that is replaced while it is read is read whole', async (t) => {
  const location = path.join(await temporaryFolder(t), 'store');
  const store = await openStore(location, { create: true });
  await publishLetters(store, 'one', 'AB');
  /** Another writer comes between every two requests. */
  class BusyStore extends FolderStore {
    override async size(name: string): Promise<number | undefined> {
      const size = await super.size(name);
      await publishLetters(store, 'one', 'ABC');
      return size;
    }
  }
  const record = await readRecord(new BusyStore(location), 'one');
  t.true((record?.versions.length ?? 0) >= 1);
});
