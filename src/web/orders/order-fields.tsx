/** Fields of an order to convert or to capture. */
import { Check, Choice, Field } from '../parts/field.tsx';
import { text } from '../texts/language.ts';
import { ImageChoice } from '../updates/image-choice.tsx';
import { AtField } from '../updates/wish-fields.tsx';
import { LAYOUT_POLICIES, LAYOUTS, type OrderWish } from './order-wish.ts';

interface FieldsProps {
  readonly wish: OrderWish;
  readonly onChange: (change: Partial<OrderWish>) => void;
}

const ConvertFields = ({ wish, onChange }: FieldsProps) => (
  <>
    <ImageChoice wish={wish} onChange={onChange} />
    <Choice
      label={text('order.layout')}
      value={wish.layout}
      onChoose={(word) => onChange({ layout: LAYOUTS.find((each) => each === word) ?? '' })}
    >
      <option value="">{text('wish.choose')}</option>
      {LAYOUTS.map((layout) => (
        <option key={layout} value={layout}>
          {text(`layout.${layout}`)}
        </option>
      ))}
    </Choice>
    <Choice
      label={text('order.policy')}
      value={wish.policy}
      onChoose={(word) =>
        onChange({ policy: LAYOUT_POLICIES.find((each) => each === word) ?? 'auto' })
      }
    >
      {LAYOUT_POLICIES.map((policy) => (
        <option key={policy} value={policy}>
          {text(`order.policy-${policy}`)}
        </option>
      ))}
    </Choice>
    <Check
      label={text('order.backup')}
      isChecked={wish.hasBackup}
      onCheck={(hasBackup) => onChange({ hasBackup })}
    />
  </>
);

const CaptureFields = ({ wish, onChange }: FieldsProps) => (
  <>
    <Field
      label={text('order.image-name')}
      value={wish.name}
      about={text('group.name-about')}
      autocapitalize="none"
      onInput={({ currentTarget }) => onChange({ name: currentTarget.value.trim() })}
    />
    <Field
      label={text('order.comment')}
      value={wish.comment}
      maxLength={1000}
      onInput={({ currentTarget }) => onChange({ comment: currentTarget.value })}
    />
  </>
);

export const OrderWhat = (props: FieldsProps) => (
  <section class="card">
    <h2>{text('wish.what')}</h2>
    {props.wish.kind === 'convert' ? <ConvertFields {...props} /> : <CaptureFields {...props} />}
  </section>
);

export const OrderWhen = ({ wish, onChange }: FieldsProps) => (
  <section class="card">
    <h2>{text('wish.when')}</h2>
    <Choice
      label={text('wish.start')}
      value={wish.when}
      onChoose={(when) => onChange({ when: when === 'at' ? 'at' : 'now' })}
    >
      <option value="now">{text('order.next-start')}</option>
      <option value="at">{text('order.not-before')}</option>
    </Choice>
    {wish.when === 'at' && <AtField at={wish.at} onChange={onChange} />}
  </section>
);
