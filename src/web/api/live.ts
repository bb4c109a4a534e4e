/** Changes as the manager tells them, through lost connections. */
import { signal } from '@preact/signals';
import { ask } from './ask.ts';
import { waitMsAfter } from './back-off.ts';
import { Refusal } from './refusal.ts';
import type { Change, Session } from './types.ts';

const EVENTS = '/api/v1/events';

/** `undefined`: something may have been missed; everything is to be read again. */
export type ChangeListener = (change: Change | undefined) => void;

const listeners = new Set<ChangeListener>();

/** Whether changes come in now. */
export const isLive = signal(false);

/** Calls `listener` at each change. @returns what ends it */
export const onChange = (listener: ChangeListener): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const tell = (change: Change | undefined): void => {
  for (const listener of listeners) listener(change);
};

/** Listens until it is told to stop. Whoever is not logged in any more is told so by the first request that needs it. */
export const startLive = (): (() => void) => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let hasMissed = false;
  const again = async (): Promise<void> => {
    try {
      await ask<Session>({ path: '/sessions/current' });
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      if (reason.problem.status === 401) return;
    }
    open();
  };
  const open = (): void => {
    source = new EventSource(EVENTS);
    source.addEventListener('open', () => {
      isLive.value = true;
      failures = 0;
      if (hasMissed) tell(undefined);
      hasMissed = false;
    });
    source.addEventListener('change', ({ data }) => tell(JSON.parse(data)));
    source.addEventListener('error', () => {
      isLive.value = false;
      hasMissed = true;
      // A browser comes back by itself after a lost connection, and not after an answer that is no stream.
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(() => void again(), waitMsAfter(failures));
      failures += 1;
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
    isLive.value = false;
  };
};
