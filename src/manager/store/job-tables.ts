/** Orders of people and what became of them, device by device; the names are the seed's where it has one. */
import type { Generated } from 'kysely';
import type { JobEvent, JobState } from '../../job/job-states.ts';

/** `bi`, `pi`: fill the backup partition, image the OS from it. */
export type JobKind = 'bi' | 'pi' | 'bi-pi' | 'convert' | 'capture';

/** An order for some devices. */
export interface CommandTable {
  readonly id: string;
  readonly kind: JobKind;
  readonly image_name: string;
  readonly version_id: string;
  /** Null: now, or at the next opening of the window. */
  readonly start_at: string | null;
  /** `HH:MM` in the time zone of each device; null without a window. */
  readonly window_from: string | null;
  readonly window_to: string | null;
  readonly limit_bytes_per_second: number | null;
  /** How users are asked before a restart; null: not at all. */
  readonly countdown_seconds: number | null;
  readonly postpones: number;
  readonly postpone_seconds: number;
  readonly health_seconds: number;
  /** Tries of a job that fails. */
  readonly most_attempts: number;
  readonly created_at: string;
  readonly created_by: string;
  /** Devices that are off are woken by another one of their subnet. */
  readonly wake: 0 | 1;
  /** The group whose desired state it serves; null for an order of a person. */
  readonly rollout: string | null;
  /** `round` of that desired state. */
  readonly rollout_round: number | null;
}

/** The seed's `ComandArg`: ArgID 9 is `BI`, or `PI`, or both in two rows. */
export interface CommandArgTable {
  readonly command_id: string;
  readonly arg_id: number;
  readonly value: string;
}

/** One order for one device. */
export interface JobTable {
  /** `Cmdid`. */
  readonly id: string;
  readonly command_id: string;
  readonly device_id: string;
  readonly state: JobState;
  readonly attempt: number;
  /** Not begun before. */
  readonly due_at: string;
  /** Lost after that; null for a job that is over, and before it is due. */
  readonly deadline_at: string | null;
  /** A job that failed is tried again then. */
  readonly retry_at: string | null;
  /** Of the newest ticket. */
  readonly ticket_counter: number | null;
  readonly ticket_attempt: number | null;
  readonly ticket_issued_at: string | null;
  readonly ticket_expires_at: string | null;
  /** Whose limits it was given under. */
  readonly subnet: string | null;
  readonly limit_bytes_per_second: number | null;
  readonly done_bytes: number;
  readonly total_bytes: number;
  readonly code: string | null;
  readonly message: string;
  readonly cancel_requested_at: string | null;
  readonly created_at: string;
  readonly changed_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

/** Rows are only added. */
export interface JobEventTable {
  readonly number: Generated<number>;
  readonly job_id: string;
  readonly at: string;
  readonly event: JobEvent | 'make' | 'ask-cancel' | 'wake';
  readonly from_state: JobState | null;
  readonly to_state: JobState;
  readonly attempt: number;
  readonly actor_kind: string;
  readonly actor: string;
  readonly done_bytes: number;
  readonly total_bytes: number;
  readonly code: string | null;
  readonly message: string;
}

/** What the devices of a subnet may take together. */
export interface SubnetTable {
  /** `192.0.2.0/24`, `2001:db8::/64`. */
  readonly cidr: string;
  readonly note: string;
  readonly most_jobs: number | null;
  readonly bytes_per_second: number | null;
  /** Its devices fetch there first. */
  readonly repository: string | null;
}

/** What administrators set otherwise than by default. */
export interface JobSettingTable {
  readonly name: string;
  readonly value: number;
}
