/**
 * One writer at a time in a bucket, by what every object store has: writing, and listing what was written. Each writer puts a claim of
 * its own below `locks/` and then looks for others: whoever sees one gives way. Of two that come at once each has written before it
 * looks, so that at least one of them sees the other. A writer that lives renews its claim; one that is too old counts no more.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { isNacreError, NacreError } from '../../errors.ts';
import type { StoreOwner } from '../store/store-lock.ts';
import { bodyOf, type S3Bucket } from './s3-bucket.ts';

const FOLDER = 'locks/push-';
const RENEW_MS = 60_000;
/** Its owner must have stopped writing before others stop counting with it. */
const SURE_MS = 5 * 60_000;
const DEAD_MS = 10 * 60_000;
const CLAIM_BYTES = 4096;
const TRIES = 5;
const PAUSE_MS = 500;

const claimShape = z.object({
  pid: z.int(),
  host: z.string().max(256),
  /** The start of the machine and the space of process numbers. */
  world: z.string().max(256),
  since: z.string().max(64),
});
type Claim = z.infer<typeof claimShape>;

/** Tells a number of a process here from the same number elsewhere. */
const ownWorld = (): string => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
};

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (reason) {
    return !(reason instanceof Error && 'code' in reason && reason.code === 'ESRCH');
  }
};

const parseClaim = (bytes: Buffer): Claim | undefined => {
  try {
    return claimShape.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

export interface S3Lock {
  /** @throws NacreError `STORE_S3_LOCK_LOST` when it could not be renewed for too long */
  check(): void;
  close(): Promise<void>;
}

export interface S3LockOptions {
  readonly owner: StoreOwner;
  readonly now: () => Date;
}

/** The claim of another writer that lives, as far as can be told; those of the dead are cleared away. */
const findOther = async (bucket: S3Bucket, own: string): Promise<Claim | undefined> => {
  for (const { name, ageMs } of await bucket.list(FOLDER)) {
    if (name === own) continue;
    const bytes = (await bucket.get(name, CLAIM_BYTES))?.bytes;
    if (bytes === undefined) continue;
    const claim = parseClaim(bytes);
    const isGone = claim?.world === ownWorld() && !lives(claim.pid);
    if (ageMs <= DEAD_MS && !isGone)
      return claim ?? { pid: 0, host: 'unknown', world: '', since: 'unknown' };
    await bucket.delete(name);
  }
  return undefined;
};

const busy = ({ location }: S3Bucket, { pid, host, since }: Claim): NacreError =>
  new NacreError('STORE_BUSY', { what: 'writing', store: location, pid, host, since });

/** Puts the own claim and gives it up again while there is another one. */
const takeClaim = async (
  bucket: S3Bucket,
  name: string,
  put: () => Promise<void>,
): Promise<void> => {
  let other = await findOther(bucket, name);
  for (let round = 1; other === undefined; round++) {
    await put();
    other = await findOther(bucket, name);
    if (other === undefined) return;
    await bucket.delete(name);
    if (round === TRIES) break;
    // Two that came at once: one of them is back first.
    await setTimeout(PAUSE_MS * round * (1 + Math.random()));
    other = await findOther(bucket, name);
  }
  throw busy(bucket, other);
};

/** Becomes the writer of a bucket. @throws NacreError `STORE_BUSY` */
export const takeS3Lock = async (
  bucket: S3Bucket,
  { owner, now }: S3LockOptions,
): Promise<S3Lock> => {
  const name = `${FOLDER}${randomUUID()}.json`;
  const claim: Claim = { ...owner, world: ownWorld(), since: now().toISOString() };
  const body = bodyOf(Buffer.from(`${JSON.stringify(claim)}\n`));
  let renewedMs = 0;
  const put = async (): Promise<void> => {
    const startedMs = now().getTime();
    await bucket.put(name, body);
    renewedMs = startedMs;
  };
  await takeClaim(bucket, name, put);
  let renewing: Promise<void> = Promise.resolve();
  let failure: unknown;
  const renew = async (): Promise<void> => {
    try {
      await put();
    } catch (reason) {
      // `check` says so when it matters.
      failure = reason;
    }
  };
  const timer = setInterval(() => {
    renewing = renew();
  }, RENEW_MS);
  timer.unref();
  return {
    check: () => {
      const ageMs = now().getTime() - renewedMs;
      if (ageMs <= SURE_MS) return;
      const facts = { store: bucket.location, seconds: Math.round(ageMs / 1000) };
      throw new NacreError('STORE_S3_LOCK_LOST', facts, { cause: failure });
    },
    close: async () => {
      clearInterval(timer);
      await renewing;
      try {
        await bucket.delete(name);
      } catch (reason) {
        // It counts no more when it is old; what was done, or went wrong, says more than this.
        if (!isNacreError(reason)) throw reason;
      }
    },
  };
};
