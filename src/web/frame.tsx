/** What stands around every page: ways to the others, who is logged in, whether changes come in. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isLive } from './api/live.ts';
import type { Refusal } from './api/refusal.ts';
import type { Session } from './api/types.ts';
import { attempt } from './parts/form.tsx';
import { NoticeLine } from './parts/notice.tsx';
import { ProblemBox } from './parts/problem.tsx';
import { hashOf } from './place/parse-place.ts';
import { place } from './place/place.ts';
import { LanguageChoice } from './session/language-choice.tsx';
import { logOut, mayAdministrate } from './session/session.ts';
import { type TextKey, text } from './texts/language.ts';

interface Way {
  readonly room: string;
  readonly title: TextKey;
  /** Other rooms that belong to it. */
  readonly also?: readonly string[];
}

const WAYS: readonly Way[] = [
  {
    room: 'devices',
    title: 'devices.title',
    also: ['groups', 'join-codes', 'device-lists', 'ignored-hints'],
  },
  { room: 'packages', title: 'packages.title' },
  { room: 'updates', title: 'updates.title' },
  { room: 'subnets', title: 'network.title', also: ['repositories'] },
];
const FOR_ADMINISTRATORS: readonly Way[] = [
  { room: 'users', title: 'users.title' },
  { room: 'audit', title: 'audit.title' },
];
const LAST: readonly Way[] = [
  { room: 'tokens', title: 'tokens.title' },
  { room: 'settings', title: 'settings.title' },
  { room: 'system', title: 'system.title' },
];

const Ways = () => {
  const [here = 'devices'] = place.value.parts;
  const own = useRef<HTMLElement>(null);
  // On a narrow screen they do not fit beside each other.
  useEffect(() => {
    const current = own.current?.querySelector('[aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [here]);
  const ways = [...WAYS, ...(mayAdministrate.value ? FOR_ADMINISTRATORS : []), ...LAST];
  return (
    <nav ref={own} class="ways" aria-label={text('ways.name')}>
      {ways.map(({ room, title, also = [] }) => (
        <a
          key={room}
          href={hashOf([room])}
          aria-current={room === here || also.includes(here) ? 'page' : undefined}
        >
          {text(title)}
        </a>
      ))}
    </nav>
  );
};

const Person = ({ session }: { readonly session: Session }) => {
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  return (
    <div class="person">
      <span class="live" data-live={isLive.value} role="status">
        {text(isLive.value ? 'live.on' : 'live.off')}
      </span>
      <span>
        {session.user} <span class="muted">{text(`role.${session.role}`)}</span>
      </span>
      <LanguageChoice />
      <button type="button" class="plain" onClick={async () => setRefusal(await attempt(logOut))}>
        {text('logout')}
      </button>
      <ProblemBox refusal={refusal} />
    </div>
  );
};

/** No link: the address is the place in the console, not a part of the page. */
const skip = (): void => document.querySelector('main')?.focus();

interface FrameProps {
  readonly session: Session;
  readonly children: ComponentChildren;
}

export const Frame = ({ session, children }: FrameProps) => (
  <div class="frame">
    <button type="button" class="skip" onClick={skip}>
      {text('skip')}
    </button>
    <header class="side">
      <a class="brand" href={hashOf(['devices'])}>
        <img src="/icon.svg" alt="" width="24" height="24" /> Nacre
      </a>
      <Ways />
      <Person session={session} />
    </header>
    <main id="content" tabIndex={-1}>
      {children}
    </main>
    <NoticeLine />
  </div>
);
