/** Sizes as people type them. */
import { NacreError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/**
 * Bytes of `512M`, `1.5GiB`, `4g` or `1048576`; a unit is a power of 1024, as in the vendor's manual.
 *
 * @throws NacreError CLI_BAD_VALUE
 */
export const byteSize = (what: string, value: string): number => {
  const [, digits = '', unit = ''] =
    /^(\d{1,12}(?:\.\d{1,3})?)([kmgt]?)(?:i?b)?$/i.exec(value) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (digits !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new NacreError('CLI_BAD_VALUE', { what, value, expected: '512M | 4G | …' });
};
