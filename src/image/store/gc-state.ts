/** What garbage collection looks at: what images list, what leases hold, and which files there are. */
import { idsOf } from './image-record.ts';
import { readRecords } from './image-records.ts';
import { readLeases, sweepLeases } from './lease.ts';
import { storeFileOf } from './store-layout.ts';
import type { StoreContext } from './store-lock.ts';
import { listPacks } from './version-files.ts';

/** The state of a store at one moment. */
export interface GcState {
  /** Ids of versions that images list, in the bin or not. */
  readonly listed: ReadonlySet<string>;
  /** Ids of versions that leases hold. */
  readonly leased: ReadonlySet<string>;
  /** Packs that leases hold. */
  readonly heldPacks: ReadonlySet<string>;
  /** Ids of the manifests that are there. */
  readonly manifests: ReadonlySet<string>;
  readonly packs: readonly string[];
  /** Manifests, signatures and locators of versions that nobody lists or holds. */
  readonly deadFiles: readonly string[];
  readonly deadBytes: number;
  readonly deadVersions: number;
  /** Bytes that crashed work left in `tmp/`, and of uploads that are given up. */
  readonly leftoverBytes: number;
}

const sizeOfAll = async (context: StoreContext, names: readonly string[]): Promise<number> => {
  let bytes = 0;
  for (const name of names) bytes += (await context.files.size(name)) ?? 0;
  return bytes;
};

/** Files of what is left over. */
const leftoverFiles = async (
  context: StoreContext,
  entries: readonly string[],
): Promise<readonly string[]> => {
  const folders = new Set(entries);
  const names = [...(await context.files.list('tmp')), ...(await context.files.list('uploads'))];
  return names.filter((name) => folders.has(name.split('/').slice(0, 2).join('/')));
};

/** Reads the state; `sweep` deletes leftovers. Runs under the store lock. */
export const readGcState = async (
  context: StoreContext,
  options: { readonly sweep: boolean },
): Promise<GcState> => {
  const { files } = context;
  const records = await readRecords(files);
  const leases = await readLeases(context);
  const leftoverBytes = await sizeOfAll(context, await leftoverFiles(context, leases.leftovers));
  if (options.sweep) await sweepLeases(context);
  const listed = new Set(records.flatMap(idsOf));
  const leased = new Set(leases.held.flatMap((lease) => lease.versions));
  const versionFiles = [...(await files.list('manifests')), ...(await files.list('locators'))];
  const manifests = new Set<string>();
  const deadFiles: string[] = [];
  let deadVersions = 0;
  for (const name of versionFiles) {
    const file = storeFileOf(name);
    if (!('id' in file)) continue;
    if (file.kind === 'manifest') manifests.add(file.id);
    if (listed.has(file.id) || leased.has(file.id)) continue;
    deadFiles.push(name);
    if (file.kind === 'manifest') deadVersions++;
  }
  return {
    listed,
    leased,
    heldPacks: new Set(leases.held.flatMap((lease) => lease.packs)),
    manifests,
    packs: await listPacks(files),
    deadFiles,
    deadBytes: await sizeOfAll(context, deadFiles),
    deadVersions,
    leftoverBytes,
  };
};
