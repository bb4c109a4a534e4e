/** The parts of the Device Manager. */
import { Tabs } from '../parts/tabs.tsx';
import { mayOperate } from '../session/session.ts';

const TABS = [
  ['devices', 'tab.devices'],
  ['groups', 'tab.groups'],
  ['join-codes', 'tab.join-codes'],
  ['device-lists', 'tab.device-lists'],
  ['ignored-hints', 'tab.ignored-hints'],
] as const;
type DeviceTab = (typeof TABS)[number][0];
/** What viewers have no business with. */
const FOR_OPERATORS: ReadonlySet<DeviceTab> = new Set(['join-codes', 'device-lists']);

export const DeviceTabs = ({ current }: { readonly current: DeviceTab }) => (
  <Tabs
    title="devices.title"
    tabs={TABS.filter(([tab]) => mayOperate.value || !FOR_OPERATORS.has(tab))}
    current={current}
  />
);
