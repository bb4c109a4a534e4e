/** The last policy of the manager, kept for the time when it is away; and when it was heard last. */
import * as z from 'zod';
import { isNacreError, NacreError } from '../../errors.ts';
import {
  type NetworkPolicy,
  networkPolicy,
  type PolicyTables,
} from '../../job/network-boot-protocol.ts';
import type { Policy } from '../policy/policy.ts';
import { readPolicy } from '../policy/policy-rows.ts';
import type { BridgeTrust } from './manager-link.ts';
import { readSmallFile, writeSmallFile } from './small-file.ts';

const time = z.iso.datetime();

const keptShape = z.object({
  format: z.literal('nacre-manager-policy'),
  version: z.literal(1),
  server: z.string(),
  policy: networkPolicy,
});

const wordShape = z.object({
  format: z.literal('nacre-manager-word'),
  version: z.literal(1),
  server: z.string(),
  /** When the manager said last which policy counts. */
  heardAt: time,
  /** Code of the error since which it is away; null while it answers. */
  problem: z.string().nullable(),
});
/** How old the word of the manager is. */
export type ManagerWord = Readonly<z.output<typeof wordShape>>;

export interface KeptPlaces {
  readonly managerPolicy: string;
  readonly managerWord: string;
}

/** Undefined where nothing is kept of this manager; orders of another one would have other ids. */
export const readKeptPolicy = async (
  { managerPolicy }: KeptPlaces,
  server?: string,
): Promise<NetworkPolicy | undefined> => {
  const kept = await readSmallFile(managerPolicy, keptShape);
  if (kept === undefined || (server !== undefined && kept.server !== server)) return undefined;
  return kept.policy;
};

export const keepPolicy = (
  { managerPolicy }: KeptPlaces,
  server: string,
  policy: NetworkPolicy,
): Promise<void> =>
  writeSmallFile(managerPolicy, { format: 'nacre-manager-policy', version: 1, server, policy });

export const readManagerWord = ({ managerWord }: KeptPlaces): Promise<ManagerWord | undefined> =>
  readSmallFile(managerWord, wordShape);

export const keepManagerWord = (
  { managerWord }: KeptPlaces,
  word: Pick<ManagerWord, 'server' | 'heardAt' | 'problem'>,
): Promise<void> =>
  writeSmallFile(managerWord, { format: 'nacre-manager-word', version: 1, ...word });

/** What is added to each row of an image. */
const trustOf = (trust: BridgeTrust) =>
  trust.kind === 'unsigned' ? { unsigned: true } : { trust: trust.file };

/**
 * The policy of the manager's tables.
 *
 * @throws NacreError PXE_POLICY_INVALID
 */
export const policyOf = (tables: PolicyTables, server: string, trust: BridgeTrust): Policy => {
  const device = tables.device.map((row) =>
    row.action === 'image' ? { ...row, ...trustOf(trust) } : row,
  );
  return readPolicy(
    { ...tables, device },
    ({ key, found, needed }) =>
      new NacreError('PXE_POLICY_INVALID', { file: server, key, found, needed }),
  );
};

/** A policy that was kept and that this release cannot read is none. */
export const tryPolicyOf = (
  policy: NetworkPolicy,
  server: string,
  trust: BridgeTrust,
): Policy | undefined => {
  try {
    return policyOf(policy.tables, server, trust);
  } catch (reason) {
    if (isNacreError(reason, 'PXE_POLICY_INVALID')) return undefined;
    throw reason;
  }
};
