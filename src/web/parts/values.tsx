/** Values as they are shown everywhere. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { shortSize } from '../../disk/disk-drawing.ts';
import { locale, text } from '../texts/language.ts';
import { agoText, inFours, shortId, timeText } from './format.ts';
import type { Tone } from './tone.ts';

interface TimeProps {
  readonly at: string;
  /** How long ago, instead of when. */
  readonly isAgo?: boolean;
  /** On the clock of a zone, instead of that of the reader. */
  readonly zone?: string;
}

/** A point in time: how long ago, or when; the other on the label that a pointer shows. */
export const Time = ({ at, isAgo = false, zone }: TimeProps) => {
  const whole = timeText(at, locale.value, zone);
  const ago = agoText(at, Date.now(), locale.value);
  return (
    <time dateTime={at} title={isAgo ? whole : ago}>
      {isAgo ? ago : whole}
    </time>
  );
};

export const Bytes = ({ bytes }: { readonly bytes: number }) => (
  <span class="number" title={`${bytes.toLocaleString(locale.value)} B`}>
    {shortSize(bytes)}
  </span>
);

/** In groups of four; `most` groups of it where there is little room. */
export const Fingerprint = ({
  digits,
  most,
}: {
  readonly digits: string | null;
  readonly most?: number;
}) => {
  if (digits === null) return <span class="muted">{text('device.no-key')}</span>;
  const groups = inFours(digits);
  return (
    <code class="fingerprint" title={most === undefined ? undefined : digits}>
      {groups.slice(0, most).map((group, index) => (
        <span key={index}>{group}</span>
      ))}
      {most !== undefined && groups.length > most && <span class="muted">…</span>}
    </code>
  );
};

export const ShortId = ({ id }: { readonly id: string }) => <code title={id}>{shortId(id)}</code>;

const LONG_ID = /^([0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A word as it is; of a digest or an id the start that it is told by. */
export const Word = ({ word }: { readonly word: string }) =>
  LONG_ID.test(word) ? <ShortId id={word} /> : <span>{word}</span>;

/** A word in a frame whose colour says how good it is; the word says it too. */
export const Badge = ({
  tone,
  children,
}: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}) => <span class={`badge ${tone}`}>{children}</span>;

/** What nobody knows. */
export const Nothing = () => <span class="muted">–</span>;

/** Yes, no, or not known. */
export const YesNo = ({ value }: { readonly value: boolean | null }) => {
  if (value === null) return <Nothing />;
  return <>{text(value ? 'yes' : 'no')}</>;
};

/** Something that is shown once, and copied. */
export const Secret = ({ label, value }: { readonly label: string; readonly value: string }) => {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div class="secret">
      <output aria-label={label}>{value}</output>
      <button type="button" onClick={() => void copy()}>
        {text(isCopied ? 'copied' : 'copy')}
      </button>
    </div>
  );
};

/** Names and values under each other. */
export const Facts = ({ children }: { readonly children: ComponentChildren }) => (
  <dl class="facts">{children}</dl>
);

export const Fact = ({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
