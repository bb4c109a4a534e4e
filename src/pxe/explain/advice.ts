/** What to do next about a device: the few things that keep one from starting, as they show in what was seen. */
import type { ErrorCode } from '../../errors.ts';
import type { Load, Sighting } from '../sightings/sighting.ts';
import type { DeviceReport } from './device-report.ts';

export const ADVICE = [
  'service-not-running',
  'policy-unreadable',
  'nobody-seen',
  'never-seen',
  'answering-is-off',
  'unknown-device',
  'architecture-not-supported',
  'secure-boot-behind-another-dhcp-server',
  'secure-boot-over-http',
  'answer-not-sent',
  'nothing-loaded',
  'file-not-found',
  'load-broken-off',
  'merlin-silent',
  'merlin-stopped-reporting',
  'order-waiting',
  'order-running',
  'order-failed',
  'order-never-started',
  'order-done',
] as const;
export type Advice = (typeof ADVICE)[number];

/** A load or a report that is younger may still go on. */
const PATIENCE_MS = 120_000;
/** Outcomes of loads that went well, or that nobody can tell from those. */
const WELL: ReadonlySet<string> = new Set(['done', 'unconfirmed', 'superseded']);
/** Files that firmware asks for and does without. */
const OPTIONAL = /^(revocations_|shim_certificate_|grub\/(x86_64-efi|locale)\/)/;

/** The failure that says nothing of its reason: only the screen of the device does. */
const NEVER_STARTED: ErrorCode = 'PXE_ORDER_NEVER_STARTED';

export interface AdviceFacts {
  readonly deviceCount: number;
  readonly now: Date;
}

type Known = Omit<DeviceReport, 'advice'>;

const isOld = (at: string, now: Date): boolean => now.getTime() - Date.parse(at) > PATIENCE_MS;

/** Loads since the device asked last: those before belong to another start. */
const loadsOf = ({ loads, askedAt }: Sighting): readonly Load[] =>
  loads.filter(({ at }) => askedAt === null || at >= askedAt);

const neverSeen = ({ deviceCount }: AdviceFacts): readonly Advice[] => [
  deviceCount === 0 ? 'nobody-seen' : 'never-seen',
];

const SILENT_REASONS: ReadonlyMap<string | null, Advice> = new Map(
  (
    [
      'answering-is-off',
      'unknown-device',
      'architecture-not-supported',
      'secure-boot-behind-another-dhcp-server',
      'secure-boot-over-http',
    ] as const
  ).map((reason) => [reason, reason]),
);

const loadAdvice = (seen: Sighting, now: Date): readonly Advice[] => {
  const loads = loadsOf(seen).filter(({ file }) => !OPTIONAL.test(file));
  const [last] = loads;
  if (seen.answered === null || seen.askedAt === null) return [];
  if (last === undefined) return isOld(seen.askedAt, now) ? ['nothing-loaded'] : [];
  if (last.end === 'not-found') return ['file-not-found'];
  if (!WELL.has(last.end)) return ['load-broken-off'];
  const hasMerlin = loads.some(({ file }) => file === 'initrd.pxe' || file === 'merlin.efi');
  const hasReported = seen.merlin !== null && seen.merlin.at >= last.at;
  return hasMerlin && !hasReported && isOld(last.at, now) ? ['merlin-silent'] : [];
};

const seenAdvice = (seen: Sighting, now: Date): readonly Advice[] => {
  const silent = seen.answered === null ? SILENT_REASONS.get(seen.reason) : undefined;
  if (silent !== undefined) return [silent];
  if (seen.silence !== null) return ['answer-not-sent'];
  return loadAdvice(seen, now);
};

const orderAdvice = ({ order, seen }: Known, now: Date): readonly Advice[] => {
  if (order === null) return [];
  if (order.state === 'given' || order.state === 'waiting') return ['order-waiting'];
  if (order.failure === NEVER_STARTED) return ['order-never-started', 'order-failed'];
  if (order.state !== 'running') return [`order-${order.state}`];
  const last = seen?.merlin?.at;
  const isSilent = last !== undefined && isOld(last, now);
  return [isSilent ? 'merlin-stopped-reporting' : 'order-running'];
};

/** What is to be done, the most basic first; nothing for a device that does what it is told. */
export const adviceFor = (report: Known, facts: AdviceFacts): readonly Advice[] => {
  const { isRunning, policy, seen } = report;
  return [
    ...(isRunning ? [] : (['service-not-running'] as const)),
    ...(policy === null ? (['policy-unreadable'] as const) : []),
    ...(seen === null ? neverSeen(facts) : seenAdvice(seen, facts.now)),
    ...orderAdvice(report, facts.now),
  ];
};
