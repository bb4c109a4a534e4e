/** Fields of a new update. */
import type { Package, Page } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useGroups } from '../devices/use-groups.ts';
import { Check, Choice, Field } from '../parts/field.tsx';
import { shortId } from '../parts/format.ts';
import { ProblemBox } from '../parts/problem.tsx';
import { text } from '../texts/language.ts';
import { chosenDevices } from './chosen-devices.ts';
import type { UpdateWish } from './wish.ts';

interface FieldsProps {
  readonly wish: UpdateWish;
  readonly onChange: (change: Partial<UpdateWish>) => void;
}

const MOST_PACKAGES = '500';

/** Labels, which move, and versions, which do not. */
const versionsOf = ({ versions }: Package): readonly (readonly [string, string])[] => [
  ...versions.flatMap(({ id, labels }) =>
    labels.map((label) => [`:${label}`, `${label} (${shortId(id)})`] as const),
  ),
  ...versions.map(({ id, comment }) => [`@${id}`, `${shortId(id)} ${comment}`.trim()] as const),
];

export const WhatFields = ({ wish, onChange }: FieldsProps) => {
  const { answer, refusal } = useAnswer<Page<Package>>({
    path: '/packages',
    query: { limit: MOST_PACKAGES },
    isAbout: ({ kind }) => kind === 'package',
  });
  const packages = answer?.items ?? [];
  const one = packages.find(({ name }) => name === wish.package);
  return (
    <section class="card">
      <h2>{text('wish.what')}</h2>
      <ProblemBox refusal={refusal} />
      <Choice
        label={text('package.name')}
        value={wish.package}
        onChoose={(name) => onChange({ package: name, version: ':latest' })}
      >
        <option value="">{text('wish.choose')}</option>
        {packages.map(({ name, isAutogenic }) => (
          <option key={name} value={name}>
            {isAutogenic ? name : text('wish.not-autogenic', { name })}
          </option>
        ))}
      </Choice>
      {one !== undefined && (
        <Choice
          label={text('version.id')}
          value={wish.version}
          onChoose={(version) => onChange({ version })}
        >
          {versionsOf(one).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Choice>
      )}
      <Check
        label={text('wish.download')}
        isChecked={wish.isDownload}
        onCheck={(isDownload) => onChange({ isDownload })}
      />
      <Check
        label={text('wish.imaging')}
        isChecked={wish.isImaging}
        onCheck={(isImaging) => onChange({ isImaging })}
      />
      {wish.isImaging && <p class="muted">{text('wish.imaging-about')}</p>}
    </section>
  );
};

export const WhomFields = ({ wish, onChange }: FieldsProps) => {
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

export const WhenFields = ({ wish, onChange }: FieldsProps) => (
  <section class="card">
    <h2>{text('wish.when')}</h2>
    <Choice
      label={text('wish.start')}
      value={wish.when}
      onChoose={(when) => {
        if (when === 'now' || when === 'at' || when === 'window') onChange({ when });
      }}
    >
      <option value="now">{text('wish.now')}</option>
      <option value="at">{text('wish.at')}</option>
      <option value="window">{text('wish.window')}</option>
    </Choice>
    {wish.when === 'at' && (
      <Field
        label={text('wish.at')}
        type="datetime-local"
        value={wish.at}
        about={Intl.DateTimeFormat().resolvedOptions().timeZone}
        onInput={({ currentTarget }) => onChange({ at: currentTarget.value })}
      />
    )}
    {wish.when === 'window' && (
      <>
        <div class="pair">
          <Field
            label={text('wish.from')}
            type="time"
            value={wish.from}
            onInput={({ currentTarget }) => onChange({ from: currentTarget.value })}
          />
          <Field
            label={text('wish.to')}
            type="time"
            value={wish.to}
            onInput={({ currentTarget }) => onChange({ to: currentTarget.value })}
          />
        </div>
        <p class="muted">{text('wish.window-about')}</p>
      </>
    )}
    <Field
      label={text('wish.limit')}
      type="number"
      min={1}
      value={wish.limit}
      about={text('wish.limit-about')}
      onInput={({ currentTarget }) => onChange({ limit: currentTarget.value })}
    />
    {wish.isImaging && (
      <>
        <Field
          label={text('wish.countdown')}
          type="number"
          min={0}
          max={60}
          value={wish.countdown}
          about={text('wish.countdown-about')}
          onInput={({ currentTarget }) => onChange({ countdown: currentTarget.value })}
        />
        {wish.countdown !== '' && (
          <Field
            label={text('wish.postpones')}
            type="number"
            min={0}
            max={20}
            value={wish.postpones}
            onInput={({ currentTarget }) => onChange({ postpones: currentTarget.value })}
          />
        )}
      </>
    )}
  </section>
);
