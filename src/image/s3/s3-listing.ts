/** Answers of ListObjectsV2 (Amazon S3 API Reference), as far as names and times go. */
import { NacreError } from '../../errors.ts';

export interface ListedObject {
  /** Below the prefix of the store. */
  readonly name: string;
  /** How long ago it was written, by the clock of the server. */
  readonly ageMs: number;
}

export interface Listing {
  readonly objects: readonly ListedObject[];
  /** Token of the next page. */
  readonly next: string | undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Text between tags; numbers of characters are left as they are: no name of ours has one. */
const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');

const fieldOf = (text: string, name: string): string | undefined => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return found === undefined ? undefined : plain(found);
};

/**
 * @param prefix that all keys begin with
 * @param date of the answer
 * @throws NacreError `STORE_WEB_ANSWER` for a text that is no listing, or has no times
 */
export const parseListing = (text: string, prefix: string, date: string | undefined): Listing => {
  const address = `list of ${prefix || 'the bucket'}`;
  const refuse = (field: string, found: string, needed: string): NacreError =>
    new NacreError('STORE_WEB_ANSWER', { address, field, found, needed });
  if (!text.includes('<ListBucketResult')) throw refuse('the body', 'another text', 'a listing');
  const now = Date.parse(date ?? '');
  if (Number.isNaN(now)) throw refuse('Date', date ?? 'none', 'a time');
  const objects = [...text.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, row = '']) => {
    const key = fieldOf(row, 'Key') ?? '';
    const at = Date.parse(fieldOf(row, 'LastModified') ?? '');
    if (!key.startsWith(prefix) || Number.isNaN(at))
      throw refuse('a row', 'no name or time', 'both');
    return { name: key.slice(prefix.length), ageMs: now - at };
  });
  const isCut = fieldOf(text, 'IsTruncated') === 'true';
  const next = isCut ? fieldOf(text, 'NextContinuationToken') : undefined;
  if (isCut && next === undefined) throw refuse('IsTruncated', 'true', 'a token of the next page');
  return { objects, next };
};
