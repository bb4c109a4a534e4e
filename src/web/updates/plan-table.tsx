/** What an update would do: those that can have it, and those that cannot with the reason. */
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Bytes, Fact, Facts, Nothing, ShortId, Time } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { failureText } from '../texts/failures.ts';
import { text } from '../texts/language.ts';
import type { DevicePlan, JobPlan } from './job-types.ts';

/** What a line of every plan has. */
type AnyPlan = Pick<DevicePlan, 'device' | 'name' | 'reasons'>;

export const nameColumn = (): Column<AnyPlan> => ({
  title: text('device.name'),
  isName: true,
  cell: ({ device, name }) => <a href={hashOf(['devices', device])}>{name}</a>,
});

const Lost = ({ lost }: Pick<DevicePlan, 'lost'>) =>
  lost.length === 0 ? (
    <Nothing />
  ) : (
    <div>
      {lost.map(({ what, name, sizeBytes }) => (
        <div key={name}>
          {text(`lost.${what}`)} <code>{name}</code> <Bytes bytes={sizeBytes} />
        </div>
      ))}
    </div>
  );

const eligibleColumns = (): readonly Column<DevicePlan>[] => [
  nameColumn(),
  {
    title: text('plan.fetch'),
    isNumber: true,
    cell: ({ fetchBytes }) =>
      fetchBytes === 0 ? text('plan.nothing') : <Bytes bytes={fetchBytes} />,
  },
  { title: text('plan.lost'), cell: (each) => <Lost {...each} /> },
  {
    title: text('plan.start'),
    cell: ({ startAt, timeZone }) => <Time at={startAt} zone={timeZone} />,
  },
];

/** Why a device is left out, and what to do about it. */
const Reason = (reason: DevicePlan['reasons'][number]) => {
  const { message, hint } = failureText(reason);
  return (
    <div class="reason">
      {message} <span class="muted">{hint}</span> <code>{reason.code}</code>
    </div>
  );
};

export const refusedColumns = (): readonly Column<AnyPlan>[] => [
  nameColumn(),
  {
    title: text('plan.reason'),
    cell: ({ reasons }) => (
      <>
        {reasons.map((reason) => (
          <Reason key={reason.code} {...reason} />
        ))}
      </>
    ),
  },
];

export const PlanTable = ({ plan }: { readonly plan: JobPlan }) => {
  const eligible = plan.devices.filter(({ isEligible }) => isEligible);
  const refused = plan.devices.filter(({ isEligible }) => !isEligible);
  return (
    <>
      <section class="card">
        <Facts>
          <Fact name={text('job.image')}>
            {plan.image} <ShortId id={plan.version} />
          </Fact>
          <Fact name={text('plan.eligible')}>
            <Badge tone={eligible.length > 0 ? 'good' : 'calm'}>{eligible.length}</Badge>
          </Fact>
          <Fact name={text('plan.refused')}>
            <Badge tone={refused.length > 0 ? 'warn' : 'calm'}>{refused.length}</Badge>
          </Fact>
          <Fact name={text('plan.fetch-all')}>
            <Bytes bytes={plan.fetchBytes} />
          </Fact>
        </Facts>
      </section>
      {eligible.length > 0 && (
        <Table
          caption={text('plan.eligible')}
          columns={eligibleColumns()}
          rows={eligible}
          idOf={({ device }) => device}
          nothing={null}
        />
      )}
      {refused.length > 0 && (
        <>
          <h3>{text('plan.refused')}</h3>
          <Table
            caption={text('plan.refused')}
            columns={refusedColumns()}
            rows={refused}
            idOf={({ device }) => device}
            nothing={null}
          />
        </>
      )}
    </>
  );
};
