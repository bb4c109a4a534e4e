/** What a running manager is made of, as its routes see it. */
import type { ServiceLog } from '../job/serving/service-log.ts';
import type { AgentDesk } from './agents/agent-desk.ts';
import type { Ground } from './ground.ts';
import type { ConsoleFile } from './http/console-files.ts';
import type { Metrics } from './http/metrics.ts';
import type { LoginLimit } from './identity/login-limit.ts';
import type { PolicyBoard } from './network-boot/policy-board.ts';
import type { SightingRate } from './network-boot/sightings.ts';
import type { VersionSource } from './repository/versions.ts';
import type { ChangeFeed } from './service/change-feed.ts';
import type { MoveRow } from './store/job-lists.ts';

export interface ManagerParts extends Ground {
  readonly log: ServiceLog;
  readonly logins: LoginLimit;
  /** The store of images. @throws NacreError STORE_NOT_FOUND, … */
  readonly openImages: () => Promise<VersionSource>;
  readonly metrics: Metrics;
  readonly changes: ChangeFeed;
  /** The web console. */
  readonly consoleFiles: readonly ConsoleFile[];
  /** Moves of jobs. */
  readonly moves: ChangeFeed<MoveRow>;
  /** For those whom agents ask. */
  readonly desk: AgentDesk;
  /** Looks for jobs whose time has come, now. */
  readonly kickJobs: () => Promise<void>;
  /** @throws NacreError MANAGER_OVERLOADED */
  readonly checkEnrolmentRate: (address: string) => void;
  /** For network boot services. */
  readonly policyBoard: PolicyBoard;
  readonly checkSightingRate: SightingRate;
  /** Of the program, such as 0.1.0. */
  readonly release: string;
  readonly startedAt: string;
  /** SHA-256 of the key by which this manager is known, 64 hex digits. */
  readonly pin: string;
}
