/** What an order says beside its image: rows of `command_arg` with numbers above those of the seed. */
import {
  LAYOUT_POLICIES,
  LAYOUTS,
  type LayoutName,
  type LayoutPolicy,
} from '../../disk/layout-fields.ts';

const ARG = { layout: 1001, policy: 1002, backup: 1003, comment: 1004 } as const;

export interface ConvertArgs {
  readonly layout: LayoutName;
  readonly policy: LayoutPolicy;
  readonly backup: boolean;
}

interface Arg {
  readonly id: number;
  readonly value: string;
}

export const convertArgs = ({ layout, policy, backup }: ConvertArgs): readonly Arg[] => [
  { id: ARG.layout, value: layout },
  { id: ARG.policy, value: policy },
  { id: ARG.backup, value: String(backup) },
];

export const captureArgs = (comment: string): readonly Arg[] => [
  { id: ARG.comment, value: comment },
];

type Rows = readonly { readonly arg_id: number; readonly value: string }[];

const textOf = (rows: Rows, wanted: number): string | undefined =>
  rows.find(({ arg_id: id }) => id === wanted)?.value;

/** Undefined where a later release wrote what this one does not know. */
export const readConvertArgs = (rows: Rows): ConvertArgs | undefined => {
  const layout = LAYOUTS.find((name) => name === textOf(rows, ARG.layout));
  const policy = LAYOUT_POLICIES.find((name) => name === textOf(rows, ARG.policy));
  const backup = textOf(rows, ARG.backup) === 'true';
  return layout === undefined || policy === undefined ? undefined : { layout, policy, backup };
};

export const readComment = (rows: Rows): string => textOf(rows, ARG.comment) ?? '';
