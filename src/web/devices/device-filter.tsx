/** Which devices are shown. */
import type { DeviceState } from '../api/types.ts';
import { Choice, Field } from '../parts/field.tsx';
import { useTyped } from '../parts/use-typed.ts';
import { askHere, place } from '../place/place.ts';
import { text } from '../texts/language.ts';
import { useGroups } from './use-groups.ts';

const STATES: readonly DeviceState[] = ['pending', 'approved', 'held', 'revoked'];
export const DeviceFilter = () => {
  const { search = '', state = '', group = '', tag = '' } = place.value.query;
  const groups = useGroups();
  const onSearch = useTyped('search');
  const onTag = useTyped('tag');
  return (
    <search class="filter">
      <Field
        label={text('filter.search')}
        type="search"
        defaultValue={search}
        placeholder={text('filter.search-example')}
        onInput={({ currentTarget }) => onSearch(currentTarget.value)}
      />
      <Choice
        label={text('filter.state')}
        value={state}
        onChoose={(value) => askHere({ state: value })}
      >
        <option value="">{text('filter.all')}</option>
        {STATES.map((each) => (
          <option key={each} value={each}>
            {text(`state.${each}`)}
          </option>
        ))}
      </Choice>
      <Choice
        label={text('filter.group')}
        value={group}
        onChoose={(value) => askHere({ group: value })}
      >
        <option value="">{text('filter.all')}</option>
        {groups.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Choice>
      <Field
        key={tag}
        label={text('filter.tag')}
        type="search"
        size={12}
        defaultValue={tag}
        onInput={({ currentTarget }) => onTag(currentTarget.value)}
      />
    </search>
  );
};
