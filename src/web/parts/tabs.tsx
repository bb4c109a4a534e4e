/** A page with parts: their common name, and the way from one to the others. */
import { hashOf } from '../place/parse-place.ts';
import { type TextKey, text } from '../texts/language.ts';
import { PageHead } from './page-head.tsx';

interface TabsProps<Room extends string> {
  readonly title: TextKey;
  /** Rooms of the parts, and what each is called. */
  readonly tabs: readonly (readonly [Room, TextKey])[];
  readonly current: Room;
}

export const Tabs = <Room extends string>({ title, tabs, current }: TabsProps<Room>) => (
  <>
    <PageHead title={text(title)} />
    <nav class="tabs" aria-label={text(title)}>
      {tabs.map(([room, name]) => (
        <a key={room} href={hashOf([room])} aria-current={room === current ? 'page' : undefined}>
          {text(name)}
        </a>
      ))}
    </nav>
  </>
);
