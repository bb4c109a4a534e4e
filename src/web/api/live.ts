/** Changes as the manager tells them, through lost connections. */
import { signal } from '@preact/signals';
import { ask } from './ask.ts';
import { waitMsAfter } from './back-off.ts';
import { Refusal } from './refusal.ts';
import type { Change, JobMove, Session } from './types.ts';

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

/** A move of a job, as one of the changes that views look at. */
const changeOf = ({ at, event, job }: JobMove): Change => ({
  ...{ at, action: `job.${event}`, kind: 'job', subject: job },
});

/** A source of changes that comes back after whatever ended it. @returns what ends it */
const keepOpen = (): (() => void) => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isOver = false;
  const again = async (): Promise<void> => {
    try {
      await ask<Session>({ path: '/sessions/current' });
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      // Whoever is not logged in any more has been told so by this very request.
      if (reason.problem.status === 401) return;
    }
    if (!isOver) open();
  };
  const open = (): void => {
    source = new EventSource(EVENTS);
    source.addEventListener('open', () => {
      isLive.value = true;
      failures = 0;
      // What happened before is not told.
      tell(undefined);
    });
    source.addEventListener('change', ({ data }) => tell(JSON.parse(data)));
    source.addEventListener('job', ({ data }) => tell(changeOf(JSON.parse(data))));
    source.addEventListener('error', () => {
      isLive.value = false;
      // A browser comes back by itself after a lost connection, and not after an answer that is no stream.
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(() => void again(), waitMsAfter(failures));
      failures += 1;
    });
  };
  open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    source?.close();
    isLive.value = false;
  };
};

/** Listens while the page is seen: browsers have six connections for all pages of a manager together. @returns what ends it */
export const startLive = (): (() => void) => {
  let close: (() => void) | undefined;
  const follow = (): void => {
    if (document.hidden) {
      close?.();
      close = undefined;
    } else close ??= keepOpen();
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close?.();
  };
};
