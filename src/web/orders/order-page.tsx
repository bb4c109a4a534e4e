/** An order to convert or to capture devices: what, for whom, when; then what it would do to each; and only then the orders. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import { Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { hashOf } from '../place/parse-place.ts';
import { go } from '../place/place.ts';
import { text } from '../texts/language.ts';
import { chosenDevices } from '../updates/chosen-devices.ts';
import { WhomFields } from '../updates/whom-fields.tsx';
import { OrderWhat, OrderWhen } from './order-fields.tsx';
import { OrderTable } from './order-table.tsx';
import type { OrdersMade, OrdersPlan } from './order-types.ts';
import {
  emptyOrder,
  isWholeOrder,
  type OrderKind,
  type OrderWish,
  orderBody,
} from './order-wish.ts';

const firstWish = (kind: OrderKind): OrderWish => {
  const devices = chosenDevices.value.map(({ id }) => id);
  const wish = emptyOrder(kind);
  return devices.length === 0 ? wish : { ...wish, whom: 'chosen', devices };
};

interface MakeProps {
  readonly plan: OrdersPlan;
  readonly wish: OrderWish;
}

/** What erases disks wants the name of the image typed, as the command line does. */
const MakeForm = ({ plan, wish }: MakeProps) => {
  const [typed, setTyped] = useState('');
  const { image, version, eligible: count } = plan;
  const isErasing = wish.kind === 'convert';
  return (
    <Form
      action={text(`order.${wish.kind}.make`, { count })}
      isDanger={isErasing}
      isBlocked={count === 0 || (isErasing && typed !== image)}
      onSend={async () => {
        const body = orderBody(wish, image === null ? undefined : `${image}@${version}`);
        const made = await ask<OrdersMade>({ method: 'POST', path: '/orders', body });
        chosenDevices.value = [];
        say(text('order.made', { count: made.jobs.length }));
        go(['updates'], { command: made.command });
      }}
    >
      {isErasing && count > 0 && (
        <>
          <p class="danger-line">{text('order.erased', { count })}</p>
          <Field
            label={text('order.confirm', { name: image ?? '' })}
            value={typed}
            size={24}
            autocomplete="off"
            autocapitalize="none"
            onInput={({ currentTarget }) => setTyped(currentTarget.value.trim())}
          />
        </>
      )}
    </Form>
  );
};

export const OrderPage = ({ kind }: { readonly kind: OrderKind }) => {
  const [wish, setWish] = useState(() => firstWish(kind));
  const [plan, setPlan] = useState<OrdersPlan | undefined>();
  // A plan is one of what was asked; it goes with the first change.
  const onChange = (change: Partial<OrderWish>): void => {
    setPlan(undefined);
    setWish({ ...wish, ...change });
  };
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['updates'])}>{text('updates.title')}</a>
      </nav>
      <PageHead title={text(`order.${kind}.title`)} />
      <p class="muted">{text(`order.${kind}.about`)}</p>
      <Form
        action={text('plan.show')}
        isBlocked={!isWholeOrder(wish)}
        onSend={async () => {
          setPlan(undefined);
          const body = orderBody(wish);
          setPlan(await ask<OrdersPlan>({ method: 'POST', path: '/orders/plan', body }));
        }}
      >
        <div class="cards three">
          <OrderWhat wish={wish} onChange={onChange} />
          <WhomFields wish={wish} onChange={onChange} />
          <OrderWhen wish={wish} onChange={onChange} />
        </div>
      </Form>
      {plan !== undefined && (
        <section class="plan" aria-live="polite">
          <h2>{text('plan.title')}</h2>
          <OrderTable plan={plan} />
          <MakeForm plan={plan} wish={wish} />
        </section>
      )}
    </>
  );
};
