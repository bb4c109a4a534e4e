/** The manager that decides for this service, as it can be asked; whoever starts the service knows how. */
import type {
  NetworkOrderEvent,
  NetworkPolicy,
  NetworkSighting,
} from '../../job/network-boot-protocol.ts';

/** Each throws a NacreError: MANAGER_UNREACHABLE and the like, or what the manager refuses with. */
export interface ManagerLink {
  /** `https://NAME:PORT`. */
  readonly server: string;
  /** Waits so long for a policy that is not `revision`; undefined when there was none. */
  readonly policy: (
    revision: string | undefined,
    waitSeconds: number,
    signal: AbortSignal,
  ) => Promise<NetworkPolicy | undefined>;
  readonly tellSeen: (seen: readonly NetworkSighting[], signal: AbortSignal) => Promise<void>;
  readonly tellOrder: (id: string, event: NetworkOrderEvent, signal: AbortSignal) => Promise<void>;
}

/** Which images devices take, for all orders: the manager names no file of this machine. */
export type BridgeTrust =
  | { readonly kind: 'unsigned' }
  /** Absolute path of a public key, PEM. */
  | { readonly kind: 'key'; readonly file: string };
