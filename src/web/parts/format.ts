/** Values as people read them. */

const GROUP = /.{1,4}/g;

/** Groups of four, as people compare them with another screen. */
export const inFours = (digits: string): readonly string[] => digits.match(GROUP) ?? [];

/** A zone that this browser knows; undefined for its own. */
const zoneOf = (zone: string | undefined): string | undefined => {
  try {
    return zone === undefined
      ? undefined
      : new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (reason) {
    if (reason instanceof RangeError) return undefined;
    throw reason;
  }
};

/** A time of the manager on the clock of whoever reads it, or on that of a zone, which is said then. */
export const timeText = (iso: string, language: string, zone?: string): string => {
  const timeZone = zoneOf(zone);
  const text = new Intl.DateTimeFormat(language, {
    ...{ dateStyle: 'medium', timeStyle: 'short' },
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso));
  return timeZone === undefined ? text : `${text} ${zone}`;
};

const STEPS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long ago, or in how long: `3 minutes ago`. Below a minute seconds are not told. */
export const agoText = (iso: string, nowMs: number, language: string): string => {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of STEPS)
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  return format.format(0, 'minute');
};

/** The start of an id that people tell versions and jobs by. */
export const shortId = (id: string): string => id.slice(0, 8);
