/** Device Manager: all devices, searched, filtered, sorted, and many of them decided at once. */
import { useState } from 'preact/hooks';
import type { Device } from '../api/types.ts';
import { ListTable } from '../parts/list-table.tsx';
import { useList } from '../parts/use-list.ts';
import { askHere, go, place } from '../place/place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { deviceColumns } from './device-columns.tsx';
import { DeviceFilter } from './device-filter.tsx';
import { DeviceTabs } from './device-tabs.tsx';

/** What a device of the list looks like may change with these. */
const KINDS: ReadonlySet<string> = new Set(['device', 'group']);

const NoDevices = () => {
  const { search, state, group, tag } = place.value.query;
  const isFiltered = [search, state, group, tag].some((value) => value !== undefined);
  return <p>{text(isFiltered ? 'devices.none-found' : 'devices.none')}</p>;
};

export const DeviceList = () => {
  const { search, state, group, tag, sort = 'name', descending } = place.value.query;
  const list = useList<Device>({
    path: '/devices',
    query: { search, state, group, tag, sort, descending },
    isAbout: ({ kind }) => KINDS.has(kind),
  });
  // Those on other pages too: rows as they were when they were chosen.
  const [chosen, setChosen] = useState<ReadonlyMap<string, Device>>(new Map());
  const onChoose = (ids: readonly string[], isChosen: boolean): void => {
    const next = new Map(chosen);
    for (const device of list.rows ?? [])
      if (ids.includes(device.id)) isChosen ? next.set(device.id, device) : next.delete(device.id);
    setChosen(next);
  };
  const fresh = new Map((list.rows ?? []).map((device) => [device.id, device]));
  const devices = [...chosen.values()].map((device) => fresh.get(device.id) ?? device);
  return (
    <>
      <DeviceTabs current="devices" />
      <DeviceFilter />
      {mayOperate.value && (
        <ChosenBar devices={devices} onClear={() => setChosen(new Map())} onDone={list.reload} />
      )}
      <ListTable
        caption={text('devices.title')}
        columns={deviceColumns()}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        sorting={{
          by: sort,
          isDescending: descending === 'true',
          onSort: (by, isDescending) =>
            askHere({ sort: by, descending: isDescending ? 'true' : undefined }),
        }}
        choosing={mayOperate.value ? { chosen: new Set(chosen.keys()), onChoose } : undefined}
        nothing={<NoDevices />}
      />
    </>
  );
};

/** Goes to the devices of a group or with a tag. */
export const goToDevices = (query: Readonly<Record<string, string>>): void =>
  go(['devices'], query);
