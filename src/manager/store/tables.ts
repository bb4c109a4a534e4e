/**
 * The tables as the query builder knows them. Times are ISO 8601 UTC text, sizes bytes in 64-bit integers, booleans 0 and 1.
 * Names are the seed's where it has one: device, package, image, version, label, user, audit.
 */
import type { Generated } from 'kysely';
import type { DeviceAgentTable, DeviceGenerationTable, DeviceRunTable } from './agent-tables.ts';
import type {
  CommandArgTable,
  CommandTable,
  JobEventTable,
  JobSettingTable,
  JobTable,
  SubnetTable,
} from './job-tables.ts';
import type { NetworkStartTable } from './network-boot-tables.ts';
import type { DesiredStateTable } from './rollout-tables.ts';
import type { UpdateSessionTable } from './update-tables.ts';

/** 0 or 1: STRICT tables of SQLite know no booleans. */
export type Flag = 0 | 1;

/** Which migrations ran. */
export interface SchemaMigrationTable {
  readonly number: number;
  readonly name: string;
  readonly applied_at: string;
}

/** Keys of this manager, `ca`, `server` and `jobs`: in the data base, so that several managers on one are one to devices. */
export interface ManagerKeyTable {
  readonly name: string;
  readonly private_pem: string;
  /** null for a key whose certificate is made at each start. */
  readonly certificate_pem: string | null;
}

export interface UserTable {
  readonly id: string;
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'administrator';
  readonly password_hash: string;
  readonly created_at: string;
}

export interface SessionTable {
  /** SHA-256 of the cookie, hex: the table opens no session. */
  readonly secret_hash: string;
  readonly user_id: string;
  readonly created_at: string;
  readonly expires_at: string;
}

export interface ApiTokenTable {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly secret_hash: string;
  /** Separated by blanks. */
  readonly scopes: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
}

/** Rows are only added: triggers refuse everything else. */
export interface AuditTable {
  readonly number: Generated<number>;
  readonly at: string;
  readonly actor_kind: string;
  readonly actor: string;
  readonly address: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject: string;
  /** JSON object. */
  readonly facts: string;
}

export interface DeviceTable {
  readonly id: string;
  readonly name: string;
  readonly state: 'pending' | 'approved' | 'held' | 'revoked';
  /** Ed25519, 32 bytes, base64url; null for a device that was only seen starting from the network. */
  readonly public_key: string | null;
  readonly fingerprint: string | null;
  readonly uuid: string | null;
  readonly serial: string | null;
  readonly disk_serial: string | null;
  readonly note: string;
  /** What a search looks through, in lower case. */
  readonly search: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
  /** What a check-in says of the backup partition; null until one did. */
  readonly support_img_backup: Flag | null;
  readonly backup_image_present: Flag | null;
  /** Id of the version in it. */
  readonly back_image_ver: string | null;
}

export interface DeviceMacTable {
  readonly device_id: string;
  readonly mac: string;
}

/** Two devices that say the same of themselves. */
export interface DeviceConflictTable {
  readonly device_id: string;
  readonly other_id: string;
  readonly hint: string;
  readonly value: string;
  readonly found_at: string;
}

export interface DeviceTagTable {
  readonly device_id: string;
  readonly tag: string;
}

export interface DeviceGroupTable {
  readonly name: string;
  readonly note: string;
  readonly created_at: string;
}

export interface DeviceGroupMemberTable {
  readonly group_name: string;
  readonly device_id: string;
}

export interface JoinCodeTable {
  readonly id: string;
  readonly code_hash: string;
  readonly note: string;
  readonly group_name: string | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly expires_at: string;
  readonly uses_left: number;
}

/** A device that may come in when it appears. */
export interface PreApprovalTable {
  readonly id: string;
  readonly name: string | null;
  readonly fingerprint: string | null;
  readonly uuid: string | null;
  readonly serial: string | null;
  readonly mac: string | null;
  readonly group_name: string | null;
  /** Separated by blanks. */
  readonly tags: string;
  readonly created_at: string;
  readonly created_by: string;
}

/** A value that many devices share, such as the MAC address of a dock: it says nothing of a device. */
export interface IgnoredHintTable {
  readonly hint: string;
  readonly value: string;
  readonly note: string;
}

export interface ImageTable {
  readonly name: string;
  readonly title: string;
  readonly latest_id: string | null;
  /** Of all packs that its versions need. */
  readonly stored_bytes: number;
}

export interface VersionTable {
  readonly image_name: string;
  readonly id: string;
  readonly parent_id: string | null;
  readonly comment: string;
  readonly created_at: string;
  readonly disk_bytes: number;
  readonly used_bytes: number;
  /** What it takes in a backup partition; 0 where the store could not tell, null before it was asked. */
  readonly stored_bytes: number | null;
}

export interface LabelTable {
  readonly image_name: string;
  readonly label: string;
  readonly version_id: string;
}

/** An image with what its script says. */
export interface PackageTable {
  readonly name: string;
  readonly type: 'Merlin';
  readonly number: string;
  readonly description: string;
  readonly os: string;
  readonly category: string;
  /** Has the tag `<BackupImage>`: may fill backup partitions. */
  readonly is_autogenic: Flag;
  readonly created_at: string;
}

/** A copy of the store of images near devices. */
export interface RepositoryTable {
  readonly name: string;
  readonly url: string;
  /** SHA-256 of the key of its server, 64 hex digits; null: the usual CAs count. */
  readonly pin: string | null;
  readonly note: string;
}

/** All tables. */
export interface Tables {
  readonly schema_migration: SchemaMigrationTable;
  readonly manager_key: ManagerKeyTable;
  readonly user: UserTable;
  readonly session: SessionTable;
  readonly api_token: ApiTokenTable;
  readonly audit: AuditTable;
  readonly device: DeviceTable;
  readonly device_mac: DeviceMacTable;
  readonly device_conflict: DeviceConflictTable;
  readonly device_tag: DeviceTagTable;
  readonly device_agent: DeviceAgentTable;
  readonly device_run: DeviceRunTable;
  readonly device_generation: DeviceGenerationTable;
  readonly device_group: DeviceGroupTable;
  readonly device_group_member: DeviceGroupMemberTable;
  readonly join_code: JoinCodeTable;
  readonly pre_approval: PreApprovalTable;
  readonly ignored_hint: IgnoredHintTable;
  readonly image: ImageTable;
  readonly version: VersionTable;
  readonly label: LabelTable;
  readonly package: PackageTable;
  readonly command: CommandTable;
  readonly command_arg: CommandArgTable;
  readonly job: JobTable;
  readonly job_event: JobEventTable;
  readonly desired_state: DesiredStateTable;
  readonly repository: RepositoryTable;
  readonly subnet: SubnetTable;
  readonly job_setting: JobSettingTable;
  readonly network_start: NetworkStartTable;
  readonly update_session: UpdateSessionTable;
}

/**
 * Tables in the order in which rows can be copied: what others refer to comes first. `schema_migration` is not among them: each
 * data base has its own.
 */
export const TABLE_ORDER = [
  'manager_key',
  'user',
  'session',
  'api_token',
  'audit',
  'device',
  'device_mac',
  'device_conflict',
  'device_tag',
  'device_agent',
  'device_run',
  'device_generation',
  'device_group',
  'device_group_member',
  'join_code',
  'pre_approval',
  'ignored_hint',
  'image',
  'version',
  'label',
  'package',
  'command',
  'command_arg',
  'job',
  'job_event',
  'desired_state',
  'repository',
  'subnet',
  'job_setting',
  'network_start',
  'update_session',
] as const satisfies readonly (keyof Tables)[];
