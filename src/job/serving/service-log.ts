/** What services of this room write their lines to. */
import type { Logger } from 'pino';

/** A pino logger, or what stands in for one. */
export type ServiceLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
