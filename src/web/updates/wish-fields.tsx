/** Fields of a new update. */
import { Check, Choice, Field } from '../parts/field.tsx';
import { text } from '../texts/language.ts';
import { ImageChoice } from './image-choice.tsx';
import type { UpdateWish } from './wish.ts';

interface FieldsProps {
  readonly wish: UpdateWish;
  readonly onChange: (change: Partial<UpdateWish>) => void;
}

export const WhatFields = ({ wish, onChange }: FieldsProps) => (
  <section class="card">
    <h2>{text('wish.what')}</h2>
    <ImageChoice wish={wish} onChange={onChange} />
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

interface AtProps {
  readonly at: string;
  readonly onChange: (change: { readonly at: string }) => void;
}

/** A time on the clock of whoever reads it, whose zone is said. */
export const AtField = ({ at, onChange }: AtProps) => (
  <Field
    label={text('wish.at')}
    type="datetime-local"
    value={at}
    about={Intl.DateTimeFormat().resolvedOptions().timeZone}
    onInput={({ currentTarget }) => onChange({ at: currentTarget.value })}
  />
);

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
    {wish.when === 'at' && <AtField at={wish.at} onChange={onChange} />}
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
