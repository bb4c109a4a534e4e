/** The parts of the network: subnets, and copies of the store near them. */
import { Tabs } from '../parts/tabs.tsx';

const TABS = [
  ['subnets', 'tab.subnets'],
  ['repositories', 'tab.repositories'],
] as const;

export const NetworkTabs = ({ current }: { readonly current: (typeof TABS)[number][0] }) => (
  <Tabs title="network.title" tabs={TABS} current={current} />
);
