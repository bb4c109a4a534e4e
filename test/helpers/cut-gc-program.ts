/**
 * A program that empties the bin and collects garbage, and ends as by a power cut before its change number CUT of the store:
 * `cut-gc-program.ts STORE CUT`. Changes are those that a reader of the store can see.
 */
import { FolderStore } from '../../src/image/store/folder-store.ts';
import { openStore } from '../../src/image/store/store.ts';

const [location = '', cut = ''] = process.argv.slice(2);
let left = Number(cut);

for (const name of ['write', 'moveIn', 'delete'] as const) {
  const change = FolderStore.prototype[name] as (...values: unknown[]) => Promise<void>;
  FolderStore.prototype[name] = async function cutting(this: FolderStore, ...values: unknown[]) {
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    left--;
    return change.apply(this, values);
  };
}

const store = await openStore(location);
await store.bin.empty();
await store.gc({ dryRun: false });
