/** Settings as the routes answer them, by their schemas. */
import type * as z from 'zod';
import type { bootSettings } from '../../manager/http/shapes/network-boot.ts';
import type { JobSettings } from '../../manager/jobs/job-settings.ts';

export type { JobSettings };
export type BootSettings = z.output<typeof bootSettings>;
export type SettingName = keyof JobSettings;

/** In the order of a job's life; a test compares them with those of the manager. */
export const DEADLINES: readonly SettingName[] = [
  ...(['queuedSeconds', 'sentSeconds', 'downloadingSeconds', 'backedUpSeconds'] as const),
  ...(['armedSeconds', 'imagingSeconds', 'verifyingSeconds', 'firstBootSeconds'] as const),
];
export const OTHERS: readonly SettingName[] = [
  ...(['ticketSeconds', 'silentSeconds', 'retrySeconds', 'mostRetrySeconds'] as const),
];
/** Whom network boot services answer; a test compares them with those of the manager. */
export const BOOT_ANSWERS: readonly BootSettings['answer'][] = ['off', 'known', 'everyone'];
