/** Values as people read them. */

const GROUP = /.{1,4}/g;

/** Groups of four, as people compare them with another screen. */
export const inFours = (digits: string): readonly string[] => digits.match(GROUP) ?? [];

/** A time of the manager on the clock of whoever reads it. */
export const timeText = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );

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
