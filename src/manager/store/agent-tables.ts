/** What agents say of their devices, as tables. */

/** The last check-in of a device, and which of its messages were taken. */
export interface DeviceAgentTable {
  readonly device_id: string;
  /** One start of its agent, and the newest message of it. */
  readonly run: string;
  readonly last_number: number;
  /** SHA-256 of its text: the same message may come again, another with its number may not. */
  readonly last_digest: string;
  readonly release: string;
  readonly runs_in: 'os' | 'merlin';
  /** JSON, as the protocol has it. */
  readonly inventory: string;
  /** JSON; null without a backup partition. */
  readonly backup: string | null;
  /** JSON; null without a boot decision block. */
  readonly block: string | null;
  /** SHA-256 of the hints that were compared with those of others. */
  readonly hints_digest: string;
  /** By how much its clock is ahead of ours; null while it is about right. */
  readonly clock_ahead_seconds: number | null;
  /** Where it came from. */
  readonly address: string;
  readonly checked_in_at: string;
}

/** A run that another one has followed. */
export interface DeviceRunTable {
  readonly device_id: string;
  readonly run: string;
  readonly last_number: number;
  readonly retired_at: string;
}

/** A version in the backup partition of a device. */
export interface DeviceGenerationTable {
  readonly device_id: string;
  readonly image_name: string;
  readonly version_id: string;
  readonly is_complete: 0 | 1;
  readonly is_verified: 0 | 1;
  readonly size_bytes: number;
}
