/** An answer of the manager in a view: read when the view appears, when what is asked changes, and when the manager tells a change. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, ask, type Query } from './ask.ts';
import { onChange } from './live.ts';
import { Refusal } from './refusal.ts';
import type { Change } from './types.ts';

/** Changes that come together are read once. */
const TOGETHER_MS = 250;

export interface AnswerState<Answer> {
  /** The last one; it stays while a newer one is on its way. */
  readonly answer: Answer | undefined;
  readonly refusal: Refusal | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

export interface AnswerWish {
  readonly path: string;
  readonly query?: Query | undefined;
  /** Which changes the answer may show. */
  readonly isAbout?: ((change: Change) => boolean) | undefined;
}

interface Found<Answer> {
  readonly address: string;
  readonly answer?: Answer | undefined;
  readonly refusal?: Refusal | undefined;
}

/** @returns what is known of the answer; it follows the changes that `isAbout` says yes to */
export const useAnswer = <Answer>({ path, query, isAbout }: AnswerWish): AnswerState<Answer> => {
  const address = addressOf({ path, query });
  const [found, setFound] = useState<Found<Answer>>({ address: '' });
  const [loads, setLoads] = useState(0);
  const reload = useCallback(() => setLoads((count) => count + 1), []);
  const about = useRef(isAbout);
  about.current = isAbout;

  // The address stands for path and query, and `loads` asks again.
  useEffect(() => {
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const answer = await ask<Answer>({ path, query, signal: stop.signal });
        setFound({ address, answer });
      } catch (refusal) {
        if (stop.signal.aborted) return;
        if (!(refusal instanceof Refusal)) throw refusal;
        setFound((before) => ({ address, answer: before.answer, refusal }));
      }
    };
    void read();
    return () => stop.abort();
  }, [address, loads]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = onChange((change) => {
      if (change !== undefined && about.current?.(change) !== true) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, TOGETHER_MS);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [reload]);

  const { answer, refusal } = found;
  return { answer, refusal, isLoading: found.address !== address, reload };
};
