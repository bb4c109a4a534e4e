/** What Merlin is to do at the next start from the network, and the body of the request that says so. */
import type { LayoutName, LayoutPolicy } from '../../disk/layout-fields.ts';
import { isWhomSaid, selectionOf, type WhomWish } from '../updates/wish.ts';

/** `convert`: lays the disk out anew and puts an image onto it. `capture`: reads it as a new version of an image. */
export const ORDER_KINDS = ['convert', 'capture'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** Tests compare these with what there is: their own files would bring the table of all errors with them. */
export const LAYOUTS: readonly LayoutName[] = ['xpe', 'wes2009', 'wes7', 'uefi'];
export const LAYOUT_POLICIES: readonly LayoutPolicy[] = ['auto', 'vendor'];

export interface OrderWish extends WhomWish {
  readonly kind: OrderKind;
  /** Of a conversion. */
  readonly package: string;
  /** `:LABEL` or `@ID`. */
  readonly version: string;
  readonly layout: LayoutName | '';
  readonly policy: LayoutPolicy;
  readonly hasBackup: boolean;
  /** Of a capture: the image that gets the versions. */
  readonly name: string;
  readonly comment: string;
  readonly when: 'now' | 'at';
  /** As the field of a browser has it: local time without a zone. */
  readonly at: string;
}

/** For nobody yet: whoever erases disks says whose. */
export const emptyOrder = (kind: OrderKind): OrderWish => ({
  kind,
  ...{ package: '', version: ':latest', layout: '', policy: 'auto', hasBackup: true },
  ...{ name: '', comment: '' },
  ...{ whom: 'group', devices: [], group: '', tag: '', when: 'now', at: '' },
});

const isWhatSaid = ({ kind, package: image, layout, name }: OrderWish): boolean =>
  kind === 'convert' ? image !== '' && layout !== '' : name !== '';

/** Whether it says enough to be planned. */
export const isWholeOrder = (wish: OrderWish): boolean =>
  isWhatSaid(wish) &&
  isWhomSaid(wish) &&
  (wish.when === 'now' || !Number.isNaN(Date.parse(wish.at)));

/** For `POST /orders/plan`, and with the version that a plan told for `POST /orders`: a label may be moved meanwhile. */
export const orderBody = (wish: OrderWish, planned?: string) => {
  const { kind, when, at, name, comment, layout, policy: layoutPolicy, hasBackup: backup } = wish;
  const common = {
    kind,
    selection: selectionOf(wish),
    ...(when === 'at' ? { startAt: new Date(at).toISOString() } : {}),
  };
  if (kind === 'capture') return { ...common, name, comment };
  const image = planned ?? `${wish.package}${wish.version}`;
  return { ...common, image, layout, layoutPolicy, backup };
};
