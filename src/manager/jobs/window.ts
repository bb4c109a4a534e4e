/** Daily windows in the time zone of a device, such as 22:00 to 05:00. */
import { Cron } from 'croner';
import { RecentMap } from '../../job/serving/recent-map.ts';

/** `HH:MM` each; from the first, up to and without the second, over midnight where the second is earlier. */
export interface DailyWindow {
  readonly from: string;
  readonly to: string;
}

const minutesOf = (time: string): number => {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** Intl takes milliseconds to look at a zone, and every check-in names one. */
const MOST_ZONES = 1024;
const zones = new RecentMap<string, string>(MOST_ZONES);

/** A zone as Intl knows it; UTC for one that a device made up. */
export const knownZone = (zone: string): string => {
  const found = zones.get(zone) ?? lookUp(zone);
  zones.set(zone, found);
  return found;
};

const lookUp = (zone: string): string => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (reason) {
    if (reason instanceof RangeError) return 'UTC';
    throw reason;
  }
};

const minuteOfDay = (at: Date, zone: string): number => {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
  return minutesOf(format.format(at));
};

/** @param zone of `knownZone` */
export const isInWindow = ({ from, to }: DailyWindow, zone: string, at: Date): boolean => {
  const [first, end, minute] = [minutesOf(from), minutesOf(to), minuteOfDay(at, zone)];
  return first < end ? minute >= first && minute < end : minute >= first || minute < end;
};

/** The moment itself when the window is open then, else its next opening. @param zone of `knownZone` */
export const openingAfter = (window: DailyWindow, zone: string, at: Date): Date => {
  if (isInWindow(window, zone, at)) return at;
  const minutes = minutesOf(window.from);
  const pattern = `${minutes % 60} ${Math.floor(minutes / 60)} * * *`;
  const found = new Cron(pattern, { timezone: zone, paused: true }).nextRun(at);
  if (found === null) throw new TypeError(`no time ${pattern} in ${zone}`);
  return found;
};
