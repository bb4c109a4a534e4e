/** What devices can be told to do: each leads to a page with its plan. */
import { ORDER_KINDS, type OrderKind } from '../orders/order-wish.ts';
import { text } from '../texts/language.ts';

/** Below `updates`. */
export type Deed = OrderKind | 'new';

export const OrderButtons = ({ onOrder }: { readonly onOrder: (what: Deed) => void }) => (
  <>
    <button type="button" onClick={() => onOrder('new')}>
      {text('chosen.update')}
    </button>
    {ORDER_KINDS.map((kind) => (
      <button key={kind} type="button" onClick={() => onOrder(kind)}>
        {text(`order.${kind}.open`)}
      </button>
    ))}
  </>
);
