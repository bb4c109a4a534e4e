/** Jobs as the routes answer them. */
import type { JobState } from '../../job/job-states.ts';

export interface Job {
  readonly id: string;
  readonly command: string;
  readonly device: string;
  readonly deviceName: string;
  readonly kind: string;
  readonly image: string;
  readonly version: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly dueAt: string;
  readonly deadlineAt: string | null;
  readonly retryAt: string | null;
  readonly subnet: string | null;
  readonly limitBytesPerSecond: number | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly code: string | null;
  readonly message: string;
  readonly cancelRequestedAt: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly changedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface JobMoment {
  readonly at: string;
  readonly event: string;
  readonly from: JobState | null;
  readonly to: JobState;
  readonly attempt: number;
  readonly actorKind: string;
  readonly actor: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly code: string | null;
  readonly message: string;
}

export type JobWithEvents = Job & { readonly events: readonly JobMoment[] };

export interface DevicePlan {
  readonly device: string;
  readonly name: string;
  readonly isEligible: boolean;
  readonly reasons: readonly {
    readonly code: string;
    readonly detail: string;
    readonly hint: string;
  }[];
  readonly fetchBytes: number;
  readonly lost: readonly {
    readonly what: 'os' | 'generation';
    readonly name: string;
    readonly sizeBytes: number;
  }[];
  readonly startAt: string;
  readonly timeZone: string;
}

export interface JobPlan {
  readonly image: { readonly name: string; readonly id: string };
  readonly devices: readonly DevicePlan[];
}

export interface MadeJobs {
  readonly command: string;
  readonly jobs: readonly { readonly id: string; readonly device: string; readonly name: string }[];
}
