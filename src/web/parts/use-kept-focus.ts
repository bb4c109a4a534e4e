/** Keeps the focus in a part of the page whose focused element is gone: without it the keyboard would begin at the top of the page again. */
import type { TargetedFocusEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What the part has to have, beside a tab index of -1. @param content what is drawn in it; it is looked at when that changes */
export const useKeptFocus = (content: unknown) => {
  const part = useRef<HTMLDivElement>(null);
  const last = useRef<Element | undefined>(undefined);
  useEffect(() => {
    if (last.current?.isConnected !== false) return;
    last.current = undefined;
    if (document.activeElement === document.body) part.current?.focus({ preventScroll: true });
  }, [content]);
  return {
    ref: part,
    onFocusIn: ({ target }: TargetedFocusEvent<HTMLDivElement>): void => {
      if (target instanceof Element) last.current = target;
    },
    // Of an element that is removed nobody is told where the focus goes.
    onFocusOut: ({ relatedTarget, currentTarget }: TargetedFocusEvent<HTMLDivElement>): void => {
      if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget))
        last.current = undefined;
    },
  };
};
