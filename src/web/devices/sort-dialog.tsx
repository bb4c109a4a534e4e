/** Puts many devices into a group or out of it, and gives or takes a tag. */
import { useState } from 'preact/hooks';
import { ask, pathOf } from '../api/ask.ts';
import type { Device } from '../api/types.ts';
import { Choice, Field } from '../parts/field.tsx';
import { text } from '../texts/language.ts';
import { ManyDialog } from './many-dialog.tsx';
import { useGroups } from './use-groups.ts';

const DEEDS = ['group-add', 'group-remove', 'tag-add', 'tag-remove'] as const;
type Deed = (typeof DEEDS)[number];

const setGroup = async (device: string, group: string, isMember: boolean): Promise<void> => {
  const path = `${pathOf('groups', group)}${pathOf('devices', device)}`;
  await ask<Device>({ method: isMember ? 'PUT' : 'DELETE', path });
};

/** From what the device has now: another one may have changed it since it was shown. */
const setTag = async (id: string, tag: string, isThere: boolean): Promise<void> => {
  const path = pathOf('devices', id);
  const { tags } = await ask<Device>({ path });
  const others = tags.filter((each) => each !== tag);
  await ask<Device>({
    method: 'PATCH',
    path,
    body: { tags: isThere ? [...others, tag] : others },
  });
};

/** Does one of the deeds to a device. */
export const sortDevice = (id: string, deed: Deed, name: string): Promise<void> =>
  deed.startsWith('group')
    ? setGroup(id, name, deed === 'group-add')
    : setTag(id, name, deed === 'tag-add');

const isDeed = (value: string): value is Deed => DEEDS.some((deed) => deed === value);

interface SortProps {
  readonly devices: readonly Device[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export const SortDialog = ({ devices, onDone, onClose }: SortProps) => {
  const groups = useGroups();
  const [deed, setDeed] = useState<Deed>('group-add');
  const [name, setName] = useState('');
  const isGroup = deed.startsWith('group');
  return (
    <ManyDialog
      title={text('sort.title', { count: devices.length })}
      action={text('sort.action')}
      devices={devices}
      isBlocked={name === ''}
      run={(device) => sortDevice(device.id, deed, name)}
      doneText={(count) => text('sort.done', { count })}
      onDone={onDone}
      onClose={onClose}
    >
      <Choice
        label={text('sort.what')}
        value={deed}
        onChoose={(value) => {
          if (isDeed(value)) setDeed(value);
          setName('');
        }}
      >
        {DEEDS.map((each) => (
          <option key={each} value={each}>
            {text(`sort.${each}`)}
          </option>
        ))}
      </Choice>
      {isGroup ? (
        <Choice label={text('filter.group')} value={name} onChoose={setName}>
          <option value="" />
          {groups.map((group) => (
            <option key={group.name} value={group.name}>
              {group.name}
            </option>
          ))}
        </Choice>
      ) : (
        <Field
          label={text('filter.tag')}
          value={name}
          autocapitalize="none"
          onInput={({ currentTarget }) => setName(currentTarget.value.trim())}
        />
      )}
    </ManyDialog>
  );
};
