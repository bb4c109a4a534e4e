/** Who is logged in here, and what they may do. */
import { computed, effect, signal } from '@preact/signals';
import { ask, loginNeeded, tell } from '../api/ask.ts';
import { Refusal } from '../api/refusal.ts';
import type { Role, Session } from '../api/types.ts';

/** `unknown` until the manager has said. */
export const session = signal<Session | 'unknown' | undefined>('unknown');
/** Why there is no session. */
export const sessionEnd = signal<'ended' | 'left' | undefined>(undefined);

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, administrator: 2 };

const has = (role: Role): boolean =>
  typeof session.value === 'object' && RANK[session.value.role] >= RANK[role];

/** What the console offers; the manager checks each request all the same. */
export const mayOperate = computed(() => has('operator'));
export const mayAdministrate = computed(() => has('administrator'));

effect(() => {
  if (loginNeeded.value === 0) return;
  const isEnd = typeof session.peek() === 'object';
  if (isEnd) sessionEnd.value = 'ended';
  session.value = undefined;
});

/** Finds out who is logged in. @throws Refusal when the manager cannot say */
export const readSession = async (): Promise<void> => {
  try {
    session.value = await ask<Session>({ path: '/sessions/current' });
  } catch (reason) {
    if (reason instanceof Refusal && reason.problem.status === 401) return;
    throw reason;
  }
};

/** @throws Refusal */
export const logIn = async (user: string, password: string): Promise<void> => {
  const body = { user, password };
  session.value = await ask<Session>({ method: 'POST', path: '/sessions', body });
  sessionEnd.value = undefined;
};

/** @throws Refusal when the manager did not end it */
export const logOut = async (): Promise<void> => {
  await tell({ method: 'DELETE', path: '/sessions/current' });
  sessionEnd.value = 'left';
  session.value = undefined;
};
