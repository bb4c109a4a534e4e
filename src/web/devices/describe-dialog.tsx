/** Name, note, tags and groups of one device. */
import { ask, pathOf } from '../api/ask.ts';
import type { Device } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Check, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { text } from '../texts/language.ts';
import { sortDevice } from './sort-dialog.tsx';
import { useGroups } from './use-groups.ts';

interface DescribeProps {
  readonly device: Device;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const wordsOf = (line: string): readonly string[] =>
  line.split(/[\s,]+/).filter((word) => word !== '');

/** Only what was changed is sent: another person may have changed the rest. */
const changesOf = (device: Device, fields: FormData) => {
  const name = fieldOf(fields, 'name');
  const note = fieldOf(fields, 'note');
  const tags = wordsOf(fieldOf(fields, 'tags'));
  const isSame =
    tags.length === device.tags.length && tags.every((tag) => device.tags.includes(tag));
  return {
    ...(name === device.name ? {} : { name }),
    ...(note === device.note ? {} : { note }),
    ...(isSame ? {} : { tags }),
  };
};

const send = async (device: Device, fields: FormData): Promise<void> => {
  const body = changesOf(device, fields);
  if (Object.keys(body).length > 0)
    await ask<Device>({ method: 'PATCH', path: pathOf('devices', device.id), body });
  const groups = fields.getAll('group').map(String);
  for (const group of groups.filter((each) => !device.groups.includes(each)))
    await sortDevice(device.id, 'group-add', group);
  for (const group of device.groups.filter((each) => !groups.includes(each)))
    await sortDevice(device.id, 'group-remove', group);
};

export const DescribeDialog = ({ device, onDone, onClose }: DescribeProps) => {
  const groups = useGroups();
  const names = [...new Set([...device.groups, ...groups.map(({ name }) => name)])];
  return (
    <Dialog title={text('describe.title')} onClose={onClose}>
      <Form
        action={text('dialog.save')}
        onCancel={onClose}
        onSend={async (fields) => {
          try {
            await send(device, fields);
          } finally {
            // What was done before a refusal is done.
            onDone();
          }
          say(text('describe.done', { name: fieldOf(fields, 'name') }));
          onClose();
        }}
      >
        <Field
          label={text('device.name')}
          name="name"
          defaultValue={device.name}
          required
          maxLength={128}
        />
        <Field
          label={text('device.tags')}
          name="tags"
          defaultValue={device.tags.join(' ')}
          about={text('device.tags-about')}
          autocapitalize="none"
        />
        {names.length > 0 && (
          <fieldset>
            <legend>{text('device.groups')}</legend>
            {names.map((name) => (
              <Check
                key={name}
                label={name}
                name="group"
                value={name}
                isChecked={device.groups.includes(name)}
              />
            ))}
          </fieldset>
        )}
        <label class="field">
          {text('device.note')}
          <textarea name="note" rows={4} maxLength={4096} defaultValue={device.note} />
        </label>
      </Form>
    </Dialog>
  );
};
