/** What was done last: shown for a while, and read out by screen readers. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const SHOWN_MS = 8000;

const notice = signal('');

/** Says that something was done. Only what the manager has answered is said. */
export const say = (line: string): void => {
  notice.value = line;
};

export const NoticeLine = () => {
  const line = notice.value;
  useEffect(() => {
    if (line === '') return;
    const timer = setTimeout(() => say(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [line]);
  return (
    <div class="notice" aria-live="polite" role="status" data-shown={line !== ''}>
      {line}
    </div>
  );
};
