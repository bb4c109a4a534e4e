/** What an order would do, device by device: the sizes of the vendor's dialog, what to know, and why others are left out. */
import { type Column, Table } from '../parts/table.tsx';
import { Badge, Bytes, Fact, Facts, Nothing, ShortId, Time } from '../parts/values.tsx';
import { locale, text, textOr } from '../texts/language.ts';
import { nameColumn, refusedColumns } from '../updates/plan-table.tsx';
import type { OrderPlan, OrdersPlan } from './order-types.ts';

const Disk = ({ disk }: Pick<OrderPlan, 'disk'>) =>
  disk === null ? (
    <span class="muted">{text('order.disk-unknown')}</span>
  ) : (
    <>
      {disk.name} <Bytes bytes={disk.sizeBytes} />
    </>
  );

const Cautions = ({ cautions }: Pick<OrderPlan, 'cautions'>) =>
  cautions.length === 0 ? (
    <Nothing />
  ) : (
    <div>
      {cautions.map((code) => (
        <div key={code} class="reason">
          {textOr(`caution.${code}`, code)}
        </div>
      ))}
    </div>
  );

type SizeName = 'totalFlashMb' | 'nonPxeMb' | 'osMb' | 'backupMb';

const SIZES = [
  ['totalFlashMb', 'order.total-flash'],
  ['nonPxeMb', 'order.non-pxe'],
  ['osMb', 'order.os-size'],
  ['backupMb', 'order.backup-size'],
] as const satisfies readonly (readonly [SizeName, string])[];

/** */
const sizeColumns = (): readonly Column<OrderPlan>[] =>
  SIZES.map(([name, title]) => ({
    title: text(title),
    isNumber: true,
    cell: ({ fields }) =>
      fields === null ? (
        <Nothing />
      ) : (
        text('order.mb', { size: fields[name].toLocaleString(locale.value) })
      ),
  }));

const columnsOf = (isConversion: boolean): readonly Column<OrderPlan>[] => [
  nameColumn(),
  { title: text('order.disk'), cell: (plan) => <Disk {...plan} /> },
  ...(isConversion ? sizeColumns() : []),
  { title: text('order.cautions'), cell: (plan) => <Cautions {...plan} /> },
];

/** The same for all: an order waits for the start of its device. */
const Start = ({ plan: { devices } }: { readonly plan: OrdersPlan }) => {
  const at = devices[0]?.startAt;
  const isLater = at !== undefined && Date.parse(at) > Date.now();
  return (
    <>
      {text(isLater ? 'order.next-start-after' : 'order.next-start')} {isLater && <Time at={at} />}
    </>
  );
};

export const OrderTable = ({ plan }: { readonly plan: OrdersPlan }) => {
  const { image, version } = plan;
  const eligible = plan.devices.filter(({ isEligible }) => isEligible);
  const refused = plan.devices.filter(({ isEligible }) => !isEligible);
  return (
    <>
      <section class="card">
        <Facts>
          {image !== null && (
            <Fact name={text('job.image')}>
              {image} {version !== null && <ShortId id={version} />}
            </Fact>
          )}
          <Fact name={text('plan.start')}>
            <Start plan={plan} />
          </Fact>
          <Fact name={text('plan.eligible')}>
            <Badge tone={eligible.length > 0 ? 'good' : 'calm'}>{eligible.length}</Badge>
          </Fact>
          <Fact name={text('plan.refused')}>
            <Badge tone={refused.length > 0 ? 'warn' : 'calm'}>{refused.length}</Badge>
          </Fact>
        </Facts>
      </section>
      {eligible.length > 0 && (
        <Table
          caption={text('plan.eligible')}
          columns={columnsOf(image !== null)}
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
