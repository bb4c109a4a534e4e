/** Which hints tell one device from another, and which are the same on many. */
import type { Hints } from '../../job/enrolment.ts';

export const HINTS = ['uuid', 'serial', 'diskSerial', 'mac'] as const;
export type Hint = (typeof HINTS)[number];

/** One thing that a device says of itself. */
export interface HintValue {
  readonly hint: Hint;
  readonly value: string;
}

/** Constants that makers of boards forget to replace. */
const BAD_UUIDS: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  'fefefefe-fefe-fefe-fefe-fefefefefefe',
]);

const BAD_SERIAL =
  /^(0+|1234567(89?)?0?|none|n\/?a|not (specified|applicable|available)|default string|system serial number|to be filled by o\.?e\.?m\.?|empty|oem|unknown|x+)$/i;

/** Of one card: neither a group's (IEEE 802) nor empty. Virtual machines have locally administered ones, which count. */
const isOwnMac = (mac: string): boolean =>
  (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== '00:00:00:00:00:00';

/** The UUID with its first three fields in the other byte order: network boot and SMBIOS do not agree (SMBIOS 3.7 section 7.2.1). */
export const swappedUuid = (uuid: string): string => {
  const turn = (digits: string): string => (digits.match(/../g) ?? []).toReversed().join('');
  const [first = '', second = '', third = '', ...rest] = uuid.split('-');
  return [turn(first), turn(second), turn(third), ...rest].join('-');
};

const isBadUuid = (uuid: string): boolean =>
  BAD_UUIDS.has(uuid) ||
  BAD_UUIDS.has(swappedUuid(uuid)) ||
  /^(.)\1*$/.test(uuid.replaceAll('-', ''));

/** Whether a value is worth comparing. */
const isTelling = ({ hint, value }: HintValue): boolean => {
  if (hint === 'uuid') return !isBadUuid(value);
  if (hint === 'mac') return isOwnMac(value);
  return value.length >= 4 && !BAD_SERIAL.test(value);
};

const listed = (hint: Hint, value: string | undefined): readonly HintValue[] =>
  value === undefined ? [] : [{ hint, value }];

/** What of the hints tells a device from others, one by one. */
export const tellingHints = ({
  uuid,
  serial,
  diskSerial,
  macs,
}: Partial<Hints>): readonly HintValue[] =>
  [
    ...listed('uuid', uuid),
    ...listed('serial', serial),
    ...listed('diskSerial', diskSerial),
    ...(macs ?? []).map((value): HintValue => ({ hint: 'mac', value })),
  ].filter(isTelling);

/** Adapters and docks wander between devices: an address that two share is told, and holds nobody up. */
export const isStrong = ({ hint }: HintValue): boolean => hint !== 'mac';
