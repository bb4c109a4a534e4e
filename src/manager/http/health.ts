/** Whether the manager lives, and whether it can work: for those who watch over it. They need no login and learn no more. */
import { isNacreError } from '../../errors.ts';
import type { ManagerParts } from '../manager-parts.ts';

export interface Health {
  readonly status: 'ok' | 'failed';
  readonly checks: readonly { readonly name: string; readonly code: string }[];
}

export const liveness = (): Health => ({ status: 'ok', checks: [] });

/** Asks the data base. */
export const readiness = async ({ store, log }: ManagerParts): Promise<Health> => {
  try {
    await store.probe();
    return { status: 'ok', checks: [{ name: 'data base', code: 'OK' }] };
  } catch (reason) {
    log.warn({ err: reason }, 'manager is not ready');
    const code = isNacreError(reason) ? reason.code : 'MANAGER_FAILED';
    return { status: 'failed', checks: [{ name: 'data base', code }] };
  }
};
