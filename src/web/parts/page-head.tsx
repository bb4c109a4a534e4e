/** The head of a page: its name, which takes the focus when the page appears, and what can be done. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PageHeadProps {
  readonly title: string;
  /** Beside the name. */
  readonly beside?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export const PageHead = ({ title, beside, children }: PageHeadProps) => {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  useEffect(() => {
    document.title = `${title} · Nacre`;
  }, [title]);
  return (
    <header class="page-head">
      <h1 ref={head} tabIndex={-1}>
        {title}
      </h1>
      {beside}
      {children !== undefined && <div class="buttons">{children}</div>}
    </header>
  );
};
