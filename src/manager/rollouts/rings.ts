/** Rings of a rollout: how many devices each has, and which devices come first. */
import { createHash } from 'node:crypto';
import { NacreError } from '../../errors.ts';

/** So many devices, or so many of a hundred; with those of the rings before. */
export type Ring = { readonly devices: number } | { readonly percent: number };

const MOST_RINGS = 10;
const MOST_DEVICES = 10_000;

const parseRing = (text: string): Ring | undefined => {
  const [, digits, percent] = /^(\d{1,5})(%?)$/.exec(text.trim()) ?? [];
  const number = Number(digits);
  if (digits === undefined || number < 1) return undefined;
  if (percent === '%') return number <= 100 ? { percent: number } : undefined;
  return number <= MOST_DEVICES ? { devices: number } : undefined;
};

/** Rings from `1,10%,100%`. @throws NacreError MANAGER_INPUT_INVALID */
export const parseRings = (text: string): readonly Ring[] => {
  const rings = text.split(',').map(parseRing);
  const known = rings.filter((ring) => ring !== undefined);
  if (known.length === rings.length && rings.length <= MOST_RINGS) return known;
  const reason = `"${text}" is no list of 1 to ${MOST_RINGS} rings such as 1,10%,100%`;
  throw new NacreError('MANAGER_INPUT_INVALID', { field: 'body.rings', reason });
};

export const formatRings = (rings: readonly Ring[]): string =>
  rings.map((ring) => ('percent' in ring ? `${ring.percent}%` : `${ring.devices}`)).join(',');

/**
 * Devices of each ring with those before it, for a group of `count`. Each has at least one device more than the one before, as long as
 * there are any, and the last has all: a rollout ends with the whole group.
 */
export const ringSizes = (rings: readonly Ring[], count: number): readonly number[] => {
  let before = 0;
  return rings.map((ring, at) => {
    const wished = 'percent' in ring ? Math.ceil((count * ring.percent) / 100) : ring.devices;
    const isLast = at === rings.length - 1;
    before = isLast ? count : Math.min(count, Math.max(before + 1, wished));
    return before;
  });
};

const placeOf = (version: string, device: string): string =>
  createHash('sha256').update(`${version} ${device}`).digest('hex');

/** Canaries first, the others in an order that each version has of its own: not always the same ones go first. */
export const inRingOrder = <Member extends { readonly id: string; readonly is_canary: number }>(
  members: readonly Member[],
  version: string,
): readonly Member[] =>
  members
    .map((member) => ({ member, place: placeOf(version, member.id) }))
    .sort(
      (one, other) =>
        Number(other.member.is_canary > 0) - Number(one.member.is_canary > 0) ||
        (one.place < other.place ? -1 : 1),
    )
    .map(({ member }) => member);
