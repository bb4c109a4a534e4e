/** A new update: what, for whom, when; then what it would do to each device; and only then the jobs. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { hashOf } from '../place/parse-place.ts';
import { go } from '../place/place.ts';
import { text } from '../texts/language.ts';
import { chosenDevices } from './chosen-devices.ts';
import type { JobPlan, MadeJobs } from './job-types.ts';
import { PlanTable } from './plan-table.tsx';
import { WhomFields } from './whom-fields.tsx';
import { EMPTY_WISH, isWhole, orderBody, planBody, type UpdateWish } from './wish.ts';
import { WhatFields, WhenFields } from './wish-fields.tsx';

const firstWish = (): UpdateWish => {
  const devices = chosenDevices.value.map(({ id }) => id);
  return devices.length === 0 ? EMPTY_WISH : { ...EMPTY_WISH, whom: 'chosen', devices };
};

const MakeForm = ({ plan, wish }: { readonly plan: JobPlan; readonly wish: UpdateWish }) => {
  const count = plan.eligible;
  return (
    <Form
      action={text('plan.make', { count })}
      isDanger={wish.isImaging}
      isBlocked={count === 0}
      onSend={async () => {
        const body = orderBody(wish);
        const made = await ask<MadeJobs>({ method: 'POST', path: '/jobs', body });
        chosenDevices.value = [];
        say(text('plan.made', { count: made.jobs.length }));
        go(['updates'], { command: made.command });
      }}
    />
  );
};

export const PlanPage = () => {
  const [wish, setWish] = useState(firstWish);
  const [plan, setPlan] = useState<JobPlan | undefined>();
  // A plan is one of what was asked; it goes with the first change.
  const onChange = (change: Partial<UpdateWish>): void => {
    setPlan(undefined);
    setWish({ ...wish, ...change });
  };
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['updates'])}>{text('updates.title')}</a>
      </nav>
      <PageHead title={text('updates.new')} />
      <Form
        action={text('plan.show')}
        isBlocked={!isWhole(wish)}
        onSend={async () => {
          setPlan(undefined);
          const body = planBody(wish);
          setPlan(await ask<JobPlan>({ method: 'POST', path: '/jobs/plan', body }));
        }}
      >
        <div class="cards three">
          <WhatFields wish={wish} onChange={onChange} />
          <WhomFields wish={wish} onChange={onChange} />
          <WhenFields wish={wish} onChange={onChange} />
        </div>
      </Form>
      {plan !== undefined && (
        <section class="plan" aria-live="polite">
          <h2>{text('plan.title')}</h2>
          <PlanTable plan={plan} />
          <MakeForm plan={plan} wish={wish} />
        </section>
      )}
    </>
  );
};
