/** The page of an address. */
import type { ComponentChild } from 'preact';
import { DeviceList } from './devices/device-list.tsx';
import { DevicePage } from './devices/device-page.tsx';
import { GroupList } from './devices/group-list.tsx';
import { IgnoredHintList } from './devices/ignored-hint-list.tsx';
import { JoinCodeList } from './devices/join-code-list.tsx';
import { ListImport } from './devices/list-import.tsx';
import { RepositoryList } from './network/repository-list.tsx';
import { SubnetList } from './network/subnet-list.tsx';
import { OrderPage } from './orders/order-page.tsx';
import { ORDER_KINDS } from './orders/order-wish.ts';
import { PackageList } from './packages/package-list.tsx';
import { PackagePage } from './packages/package-page.tsx';
import { PageHead } from './parts/page-head.tsx';
import { AuditList } from './people/audit-list.tsx';
import { TokenList } from './people/token-list.tsx';
import { UserList } from './people/user-list.tsx';
import { hashOf } from './place/parse-place.ts';
import { place } from './place/place.ts';
import { GroupPage } from './rollouts/group-page.tsx';
import { SettingsPage } from './settings/settings-page.tsx';
import { SystemPage } from './system/system-page.tsx';
import { text } from './texts/language.ts';
import { JobList } from './updates/job-list.tsx';
import { JobPage } from './updates/job-page.tsx';
import { PlanPage } from './updates/plan-page.tsx';

/** Lists, by the first part of an address. */
const LISTS: Readonly<Record<string, () => ComponentChild>> = {
  devices: () => <DeviceList />,
  groups: () => <GroupList />,
  'join-codes': () => <JoinCodeList />,
  'device-lists': () => <ListImport />,
  'ignored-hints': () => <IgnoredHintList />,
  packages: () => <PackageList />,
  updates: () => <JobList />,
  users: () => <UserList />,
  tokens: () => <TokenList />,
  audit: () => <AuditList />,
  subnets: () => <SubnetList />,
  repositories: () => <RepositoryList />,
  settings: () => <SettingsPage />,
  system: () => <SystemPage />,
};

/** One thing of a list, by the second part. */
const THINGS: Readonly<Record<string, (id: string) => ComponentChild>> = {
  devices: (id) => <DevicePage key={id} id={id} />,
  updates: (id) => {
    const kind = ORDER_KINDS.find((each) => each === id);
    if (kind !== undefined) return <OrderPage key={kind} kind={kind} />;
    return id === 'new' ? <PlanPage /> : <JobPage key={id} id={id} />;
  },
  groups: (name) => <GroupPage key={name} name={name} />,
  packages: (name) => <PackagePage key={name} name={name} />,
};

const NotFound = () => (
  <>
    <PageHead title={text('nowhere.title')} />
    <p>
      {text('nowhere.about')} <a href={hashOf(['devices'])}>{text('devices.title')}</a>
    </p>
  </>
);

export const Page = () => {
  const [room = 'devices', id, ...more] = place.value.parts;
  if (more.length > 0 || !Object.hasOwn(id === undefined ? LISTS : THINGS, room))
    return <NotFound />;
  return <>{id === undefined ? LISTS[room]?.() : THINGS[room]?.(id)}</>;
};
