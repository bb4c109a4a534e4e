/** Limits of a subnet as people type them, and the body of the request that sets them. */
import type { Subnet } from './network-types.ts';

const MIB = 2 ** 20;
const DIGITS = 3;

/** MiB a second; empty for none. */
export const limitText = (bytes: number | null): string =>
  bytes === null ? '' : String(Number((bytes / MIB).toFixed(DIGITS)));

/** What a form of limits holds; empty words for no limit. */
export interface LimitWords {
  readonly jobs: string;
  readonly limit: string;
  readonly repository: string;
  readonly note: string;
}

/** For `PUT /subnets/CIDR`. A limit that nobody changed stays as exact as it was. */
export const subnetBody = (words: LimitWords, before: Subnet | undefined) => {
  const { jobs, limit, repository, note } = words;
  const old = before?.bytesPerSecond ?? null;
  const isSame = limit === limitText(old);
  const bytes = limit === '' ? null : Math.round(Number(limit) * MIB);
  return {
    mostJobs: jobs === '' ? null : Number(jobs),
    bytesPerSecond: isSame ? old : bytes,
    repository: repository === '' ? null : repository,
    note,
  };
};
