/** Lengths of time as people write them: `90 s`, `15 min`, `6 h`, `7 d`. */

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** In the largest unit that it is a whole number of. */
export const durationText = (seconds: number): string => {
  const [unit, length] = UNITS.find(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / length} ${unit}`;
};

/** Seconds; undefined for what is no length of time. */
export const secondsIn = (text: string): number | undefined => {
  const [, digits = '', name = ''] = /^(\d{1,8})\s*([a-z]+)$/.exec(text.trim().toLowerCase()) ?? [];
  const length = UNITS.find(([unit]) => unit === name)?.[1];
  return length === undefined ? undefined : Number(digits) * length;
};
