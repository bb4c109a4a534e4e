/** For which devices: those that were selected, all, those of a group or with a tag. */
import { useGroups } from '../devices/use-groups.ts';
import { Choice, Field } from '../parts/field.tsx';
import { text } from '../texts/language.ts';
import { chosenDevices } from './chosen-devices.ts';
import type { WhomWish } from './wish.ts';

interface WhomProps {
  readonly wish: WhomWish;
  readonly onChange: (change: Partial<WhomWish>) => void;
}

export const WhomFields = ({ wish, onChange }: WhomProps) => {
  const groups = useGroups();
  const names = chosenDevices.value.map(({ name }) => name);
  return (
    <section class="card">
      <h2>{text('wish.whom')}</h2>
      <Choice
        label={text('wish.devices')}
        value={wish.whom}
        onChoose={(whom) => {
          if (whom === 'chosen' || whom === 'group' || whom === 'tag' || whom === 'all')
            onChange({ whom });
        }}
      >
        {names.length > 0 && (
          <option value="chosen">{text('wish.chosen', { count: names.length })}</option>
        )}
        <option value="all">{text('wish.all')}</option>
        <option value="group">{text('wish.of-group')}</option>
        <option value="tag">{text('wish.of-tag')}</option>
      </Choice>
      {wish.whom === 'chosen' && <p class="muted names">{names.join(', ')}</p>}
      {wish.whom === 'group' && (
        <Choice
          label={text('filter.group')}
          value={wish.group}
          onChoose={(group) => onChange({ group })}
        >
          <option value="">{text('wish.choose')}</option>
          {groups.map(({ name, devices }) => (
            <option key={name} value={name}>
              {name} ({devices})
            </option>
          ))}
        </Choice>
      )}
      {wish.whom === 'tag' && (
        <Field
          label={text('filter.tag')}
          value={wish.tag}
          autocapitalize="none"
          onInput={({ currentTarget }) => onChange({ tag: currentTarget.value.trim() })}
        />
      )}
    </section>
  );
};
