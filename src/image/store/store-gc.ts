/**
 * Garbage collection: deletes what no version needs and rewrites packs of which less than half is alive.
 *
 * It marks without a lock, beside captures and readers. What is new when it comes to delete is looked at
 * again under the store lock: versions published and leases taken meanwhile keep their packs. New packs and
 * locators are in place before an old pack goes, so that a crash costs nothing but space.
 */
import { serializeLocator } from '../../codec/locator.ts';
import { LiveChunks, type PackPlan, planPacks } from './gc-mark.ts';
import { type GcState, readGcState } from './gc-state.ts';
import { keepImageNames } from './image-names.ts';
import { openLease } from './lease.ts';
import { type NewPack, Repacker } from './repack.ts';
import { locatorName, packName } from './store-layout.ts';
import { GC_LOCK, type StoreContext, takeLock, withStoreLock } from './store-lock.ts';
import { coverageOf, digestsOf, readLocator, readManifest, usablePacks } from './version-files.ts';

/** What a collection deleted, or would delete. */
export interface GcReport {
  /** Bytes of deleted files without those of new packs; an estimate in a dry run with rewriting. */
  readonly freedBytes: number;
  readonly deletedPacks: number;
  readonly rewrittenPacks: number;
  /** Manifests that no image lists any more. */
  readonly deletedVersions: number;
}

/** New names for the chunks of a version. */
interface NewLocator {
  readonly id: string;
  readonly packs: readonly string[];
}

const markLive = async (context: StoreContext, state: GcState): Promise<LiveChunks> => {
  const live = new LiveChunks();
  for (const id of state.listed) await live.addVersion(context.files, id);
  for (const id of state.leased) {
    if (!state.listed.has(id) && state.manifests.has(id)) await live.addVersion(context.files, id);
  }
  return live;
};

async function* holders(
  context: StoreContext,
  newPacks: readonly NewPack[],
  kept: readonly string[],
): AsyncIterable<{ readonly id: string; readonly digests: Uint8Array }> {
  yield* newPacks;
  for (const algorithm of [1, 2] as const) yield* usablePacks(context.files, kept, algorithm);
}

/** Where the chunks of the versions lie that used a pack which goes. */
const relocate = async (
  context: StoreContext,
  state: GcState,
  plans: readonly PackPlan[],
  newPacks: readonly NewPack[],
): Promise<readonly NewLocator[]> => {
  const kept = new Set(plans.filter((plan) => plan.decision === 'keep').map((plan) => plan.id));
  const locators: NewLocator[] = [];
  for (const id of state.listed) {
    const old = await readLocator(context.files, id);
    if (old?.every((pack) => kept.has(pack))) continue;
    const near = (old ?? []).filter((pack) => kept.has(pack));
    const order = [...new Set([...near, ...kept])];
    const digests = digestsOf(await readManifest(context.files, id));
    const { packs, missingChunks } = await coverageOf(digests, holders(context, newPacks, order));
    if (missingChunks > 0) throw new TypeError(`gc would lose chunks of version ${id}`);
    locators.push({ id, packs: packs.map((pack) => pack.id) });
  }
  return locators;
};

/** Packs that were planned to go and that nobody has begun to need since. */
const doomedPacks = async (
  context: StoreContext,
  before: GcState,
  now: GcState,
  going: readonly PackPlan[],
): Promise<readonly PackPlan[]> => {
  const needed = new Set(now.heldPacks);
  for (const id of now.listed) {
    if (before.listed.has(id)) continue;
    for (const pack of (await readLocator(context.files, id)) ?? []) needed.add(pack);
  }
  return going.filter((plan) => !needed.has(plan.id));
};

const deleteFiles = async (context: StoreContext, names: readonly string[]): Promise<number> => {
  let bytes = 0;
  for (const name of names) {
    bytes += (await context.files.size(name)) ?? 0;
    await context.files.delete(name);
  }
  return bytes;
};

interface GcWork {
  readonly before: GcState;
  /** Packs that are to go. */
  readonly going: readonly PackPlan[];
  readonly newPacks: readonly NewPack[];
  readonly locators: readonly NewLocator[];
}

/** Puts the new files in place, then deletes. Runs under the store lock. */
const applyPlans = async (context: StoreContext, work: GcWork): Promise<GcReport> => {
  const { files } = context;
  const now = await readGcState(context, { sweep: false });
  for (const pack of work.newPacks) await files.moveIn(pack.path, packName(pack.id));
  for (const { id, packs } of work.locators) {
    if (now.listed.has(id)) await files.write(locatorName(id), serializeLocator({ packs }));
  }
  const doomed = await doomedPacks(context, work.before, now, work.going);
  const reborn = new Set(work.newPacks.map((pack) => pack.id));
  const names = doomed.filter(({ id }) => !reborn.has(id)).map(({ id }) => packName(id));
  const freedBytes = await deleteFiles(context, [...now.deadFiles, ...names]);
  await keepImageNames(context);
  const newBytes = work.newPacks.reduce((sum, pack) => sum + pack.sizeBytes, 0);
  return {
    freedBytes: freedBytes - newBytes,
    deletedPacks: doomed.filter((plan) => plan.decision === 'delete').length,
    rewrittenPacks: doomed.filter((plan) => plan.decision === 'repack').length,
    deletedVersions: now.deadVersions,
  };
};

const repackAndDelete = async (
  context: StoreContext,
  before: GcState,
  plans: readonly PackPlan[],
  going: readonly PackPlan[],
): Promise<GcReport> => {
  const lease = await openLease(context, async () => ({ versions: [], packs: [] }));
  const repacker = new Repacker(context.files, lease.directory);
  try {
    for (const plan of going) if (plan.decision === 'repack') await repacker.copy(plan);
    const newPacks = await repacker.finish();
    const locators = await relocate(context, before, plans, newPacks);
    const work = { before, going, newPacks, locators };
    return await withStoreLock(context, () => applyPlans(context, work));
  } finally {
    await repacker.discard();
    await lease.close();
  }
};

const locatedPacks = async (
  context: StoreContext,
  state: GcState,
): Promise<ReadonlySet<string>> => {
  const packs = new Set<string>();
  for (const id of state.listed) {
    for (const pack of (await readLocator(context.files, id)) ?? []) packs.add(pack);
  }
  return packs;
};

/**
 * First what needs no new file, so that a full store gets room; then packs that are rewritten, and those
 * that a locator names although other packs have their chunks.
 */
const collect = async (
  context: StoreContext,
  before: GcState,
  plans: readonly PackPlan[],
): Promise<GcReport> => {
  const located = await locatedPacks(context, before);
  const isGarbage = ({ id, decision }: PackPlan): boolean =>
    decision === 'delete' && !located.has(id);
  const work = { before, going: plans.filter(isGarbage), newPacks: [], locators: [] };
  const first = await withStoreLock(context, () => applyPlans(context, work));
  const others = plans.filter((plan) => plan.decision !== 'keep' && !isGarbage(plan));
  if (others.length === 0) return first;
  const second = await repackAndDelete(context, before, plans, others);
  return {
    freedBytes: first.freedBytes + second.freedBytes,
    deletedPacks: first.deletedPacks + second.deletedPacks,
    rewrittenPacks: first.rewrittenPacks + second.rewrittenPacks,
    deletedVersions: first.deletedVersions + second.deletedVersions,
  };
};

const estimate = (before: GcState, plans: readonly PackPlan[]): GcReport => {
  const going = plans.filter((plan) => plan.decision !== 'keep');
  const packBytes = going.reduce((sum, plan) => sum + plan.sizeBytes - plan.copiedBytes, 0);
  return {
    freedBytes: before.leftoverBytes + before.deadBytes + packBytes,
    deletedPacks: going.filter((plan) => plan.decision === 'delete').length,
    rewrittenPacks: going.filter((plan) => plan.decision === 'repack').length,
    deletedVersions: before.deadVersions,
  };
};

/** What is to become of each pack, and what that frees. The caller holds the lock of gc. */
export const planOf = async (
  context: StoreContext,
  before: GcState,
): Promise<{ readonly plans: readonly PackPlan[]; readonly report: GcReport }> => {
  const live = await markLive(context, before);
  const plans = await planPacks(context.files, live, before.packs, before.heldPacks);
  return { plans, report: estimate(before, plans) };
};

/**
 * Collects garbage, or with `dryRun` says what it would do and changes nothing. Ids never change. A store
 * with damage is left as it is.
 * @throws NacreError `STORE_BUSY` while a check or another collection runs, `STORE_IMAGE_DAMAGED`,
 * `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`, `STORE_PACK_DAMAGED`, `STORE_FULL`, `STORE_READ_ONLY`
 */
export const collectGarbage = async (
  context: StoreContext,
  options: { readonly dryRun: boolean },
): Promise<GcReport> => {
  const lock = takeLock(context, GC_LOCK);
  try {
    const sweep = !options.dryRun;
    const before = await withStoreLock(context, () => readGcState(context, { sweep }));
    const { plans, report: planned } = await planOf(context, before);
    if (options.dryRun) return planned;
    const report = await collect(context, before, plans);
    return { ...report, freedBytes: report.freedBytes + before.leftoverBytes };
  } finally {
    lock.close();
  }
};
