/** What the routes answer, by the schemas that they answer with. */
import type * as z from 'zod';
import type { Health } from '../../manager/http/health.ts';
import type { managerShape } from '../../manager/http/routes/system-routes.ts';
import type { deviceReportShape, historyItem } from '../../manager/http/shapes/device-reports.ts';
import type {
  deviceListReport,
  deviceShape,
  groupShape,
  joinCodeShape,
  madeJoinCode,
} from '../../manager/http/shapes/devices.ts';
import type { packageShape, packageUsers, syncShape } from '../../manager/http/shapes/packages.ts';
import type { rolloutShape } from '../../manager/http/shapes/rollouts.ts';
import type {
  auditShape,
  madeToken,
  sessionShape,
  tokenShape,
  userShape,
} from '../../manager/http/shapes/users.ts';

export type DeviceReport = z.output<typeof deviceReportShape>;
export type HistoryRow = z.output<typeof historyItem>;
export type Device = z.output<typeof deviceShape>;
export type DeviceState = Device['state'];
export type DeviceListReport = z.output<typeof deviceListReport>;
export type Group = z.output<typeof groupShape>;
export type JoinCode = z.output<typeof joinCodeShape>;
export type MadeJoinCode = z.output<typeof madeJoinCode>;
export type Package = z.output<typeof packageShape>;
export type PackageVersion = Package['versions'][number];
export type PackageUsers = z.output<typeof packageUsers>;
export type SyncReport = z.output<typeof syncShape>;
export type User = z.output<typeof userShape>;
export type Role = User['role'];
export type Rollout = z.output<typeof rolloutShape>;
export type Session = z.output<typeof sessionShape>;
export type Token = z.output<typeof tokenShape>;
export type MadeToken = z.output<typeof madeToken>;
export type AuditRow = z.output<typeof auditShape>;
export type ManagerFacts = z.output<typeof managerShape>;
export type { Health };

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly next: string | null;
}

/** An event `job` of `/api/v1/events`. */
export interface JobMove {
  readonly at: string;
  readonly event: string;
  readonly job: string;
  readonly device: string;
  readonly state: string;
}

/** An event `change` of `/api/v1/events`. */
export interface Change {
  readonly at: string;
  readonly action: string;
  readonly kind: string;
  readonly subject: string;
}
