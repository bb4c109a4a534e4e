/** The parts of the Device Manager. */
import { PageHead } from '../parts/page-head.tsx';
import { hashOf } from '../place/parse-place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';

export type DeviceTab = 'devices' | 'groups' | 'join-codes' | 'device-lists';

const TABS: readonly DeviceTab[] = ['devices', 'groups', 'join-codes', 'device-lists'];
/** What viewers have no business with. */
const FOR_OPERATORS: ReadonlySet<DeviceTab> = new Set(['join-codes', 'device-lists']);

export const DeviceTabs = ({ current }: { readonly current: DeviceTab }) => (
  <>
    <PageHead title={text('devices.title')} />
    <nav class="tabs" aria-label={text('devices.title')}>
      {TABS.filter((tab) => mayOperate.value || !FOR_OPERATORS.has(tab)).map((tab) => (
        <a key={tab} href={hashOf([tab])} aria-current={tab === current ? 'page' : undefined}>
          {text(`tab.${tab}`)}
        </a>
      ))}
    </nav>
  </>
);
