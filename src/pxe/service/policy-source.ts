/** Where the service has its policy from: a file, or a manager. */
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { ManagerBridge } from '../bridge/manager-bridge.ts';
import type { BridgeTrust, ManagerLink } from '../bridge/manager-link.ts';
import type { Policy } from '../policy/policy.ts';
import { watchPolicy } from '../policy/policy-file.ts';
import type { Parts } from './parts.ts';
import type { ServicePaths } from './service-paths.ts';

export type PolicySource =
  | { readonly kind: 'file'; readonly file: string }
  | {
      readonly kind: 'manager';
      readonly link: ManagerLink;
      readonly trust: BridgeTrust;
      /** Of news; shorter in tests. */
      readonly everyMs?: number | undefined;
    };

export interface OpenPolicy {
  readonly policy: () => Policy;
  /** Key files of the policy lie beside it; a manager names none. */
  readonly keyBase: string;
  readonly bridge: ManagerBridge | undefined;
}

/** As people know it. */
export const sourceName = (source: PolicySource): string =>
  source.kind === 'file' ? source.file : source.link.server;

/** @throws NacreError PXE_POLICY_UNREADABLE, PXE_POLICY_INVALID, MANAGER_… when nothing is known of the manager's policy */
export const openPolicy = async (
  source: PolicySource,
  paths: ServicePaths,
  log: ServiceLog,
  parts: Parts,
): Promise<OpenPolicy> => {
  if (source.kind === 'file') {
    const { file } = source;
    const watch = parts.own(await watchPolicy({ file, log }));
    return { policy: watch.current, keyBase: file, bridge: undefined };
  }
  const { link, trust, everyMs } = source;
  const bridge = parts.own(await ManagerBridge.open({ link, trust, places: paths, log, everyMs }));
  return { policy: bridge.policy, keyBase: paths.managerPolicy, bridge };
};
