/** `nacre job plan` and `job make` with `--convert` or `--capture`: what Merlin does at the next start from the network. */
import type * as z from 'zod';
import {
  LAYOUT_POLICIES,
  LAYOUTS,
  type LayoutName,
  type LayoutPolicy,
} from '../../disk/layout-fields.ts';
import { NacreError } from '../../errors.ts';
import type { ordersPlan } from '../../manager/http/shapes/network-boot.ts';
import type { Call, OptionSpec, Outcome } from '../command.ts';
import { askToType } from '../confirm.ts';
import type { ManagerClient } from '../manager/client.ts';
import { orderPlansText } from './job-network-words.ts';

const shapes = () => import('../../manager/http/shapes/network-boot.ts');

type Plan = z.output<typeof ordersPlan>;

/** What every order has. */
export interface OrderParts {
  readonly selection: object;
  readonly startAt?: string;
}

export const NETWORK_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--convert',
    text: {
      en: 'lay the disk out anew and image it, when it starts from the network',
      ja: 'ネットワークから起動したときにディスクを作り直し、イメージを書き込む',
    },
  },
  {
    flags: '--capture <NAME>',
    text: {
      en: 'capture the disk as a new version of image NAME, when it starts from the network',
      ja: 'ネットワークから起動したときに、ディスクをイメージ NAME の新しい版として取得',
    },
  },
  {
    flags: '--layout <NAME>',
    text: {
      en: 'with --convert: xpe, wes2009, wes7 (BIOS) or uefi',
      ja: '--convert 用: xpe、wes2009、wes7(BIOS)または uefi',
    },
  },
  {
    flags: '--policy <POLICY>',
    text: {
      en: 'with --convert: auto uses the whole disk (default); vendor has the sizes of the manual',
      ja: '--convert 用: auto はディスク全体(既定)、vendor はマニュアルどおり',
    },
  },
  {
    flags: '--no-backup',
    text: {
      en: 'with --convert: leave the backup partition empty',
      ja: '--convert 用: バックアップパーティションを空のままにする',
    },
  },
  {
    flags: '--comment <TEXT>',
    text: { en: 'with --capture: of the new version', ja: '--capture 用: 新しい版のコメント' },
  },
];

/** Whether Merlin is to do it, and no agent. */
export const isNetworkOrder = (call: Call): boolean =>
  call.isSet('convert') || call.text('capture') !== undefined;

const badValue = (what: string, value: string, expected: string): NacreError =>
  new NacreError('CLI_BAD_VALUE', { what, value, expected });

const layoutOf = (call: Call): LayoutName => {
  const text = call.text('layout') ?? '';
  const layout = LAYOUTS.find((name) => name === text);
  if (layout === undefined) throw badValue('--layout', text, LAYOUTS.join(' | '));
  return layout;
};

const policyOf = (call: Call): LayoutPolicy => {
  const text = call.text('policy') ?? 'auto';
  const policy = LAYOUT_POLICIES.find((name) => name === text);
  if (policy === undefined) throw badValue('--policy', text, LAYOUT_POLICIES.join(' | '));
  return policy;
};

const wishOf = (call: Call, parts: OrderParts) => {
  const name = call.text('capture');
  const others = ['bi', 'pi', 'window'].filter(
    (flag) => call.isSet(flag) || call.text(flag) !== undefined,
  );
  const isBoth = name !== undefined && call.isSet('convert');
  if (isBoth || others.length > 0)
    throw new NacreError('CLI_USAGE', {
      reason: 'one of --convert, --capture NAME, or --bi and --pi; a --window is for the latter',
      command: 'nacre job make',
    });
  if (name !== undefined)
    return { ...parts, kind: 'capture', name, comment: call.text('comment') ?? '' };
  const image = call.text('package');
  if (image === undefined) throw badValue('--package', '', 'NAME, NAME:LABEL or NAME@ID');
  const [layout, layoutPolicy] = [layoutOf(call), policyOf(call)];
  return { ...parts, kind: 'convert', image, layout, layoutPolicy, backup: call.isSet('backup') };
};

const askPlan = async (client: ManagerClient, body: object): Promise<Plan> =>
  client.ask({ method: 'POST', path: '/orders/plan', body }, (await shapes()).ordersPlan);

export const planNetworkOrder = async (
  call: Call,
  client: ManagerClient,
  parts: OrderParts,
): Promise<Outcome> => {
  const found = await askPlan(client, wishOf(call, parts));
  return { json: found, text: orderPlansText(found.devices, call.session) };
};

/** A capture only reads. @throws NacreError JOB_NOT_CONFIRMED */
const confirm = async (call: Call, { image, eligible }: Plan): Promise<void> => {
  if (call.isSet('yes') || image === null || eligible === 0) return;
  if ((await askToType(call.session, image)) === image) return;
  throw new NacreError('JOB_NOT_CONFIRMED', { image, count: eligible });
};

export const makeNetworkOrder = async (
  call: Call,
  client: ManagerClient,
  parts: OrderParts,
): Promise<Outcome> => {
  const { session } = call;
  const wish = wishOf(call, parts);
  const found = await askPlan(client, wish);
  session.note(orderPlansText(found.devices, session));
  await confirm(call, found);
  // What was confirmed, and not what a label may name by now.
  const { image, version } = found;
  const body = image === null ? wish : { ...wish, image: `${image}@${version}` };
  const { ordersMade } = await shapes();
  const made = await client.ask({ method: 'POST', path: '/orders', body }, ordersMade);
  const sum = session.text({
    en: `${made.jobs.length} orders made, ${made.skipped.length} devices left out; each is done at the next start from the network\n`,
    ja: `指示を ${made.jobs.length} 件作成、対象外の端末 ${made.skipped.length} 台。次にネットワークから起動したときに実行されます\n`,
  });
  return { json: made, text: sum };
};
