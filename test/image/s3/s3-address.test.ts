/** Addresses of buckets, and lists of what lies in them. */
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { parseS3Address } from '../../../src/image/s3/s3-address.ts';
import { parseListing } from '../../../src/image/s3/s3-listing.ts';

/** Address, settings, address of the files. */
const PLACES = [
  ['s3://images', {}, 'https://images.s3.us-east-1.amazonaws.com/'],
  ['s3://images/', { region: 'eu-west-1' }, 'https://images.s3.eu-west-1.amazonaws.com/'],
  ['s3://images/lab/one', {}, 'https://images.s3.us-east-1.amazonaws.com/lab/one/'],
  // A certificate for *.s3.amazonaws.com covers no name with one more dot.
  ['s3://images.lab', {}, 'https://s3.us-east-1.amazonaws.com/images.lab/'],
  ['s3://images/lab/', { endpoint: 'http://s3.lan:8080' }, 'http://s3.lan:8080/images/lab/'],
  [
    's3://images/x',
    { endpoint: 'https://s3.lan/', addressing: 'virtual' },
    'https://images.s3.lan/x/',
  ],
  ['S3://images/x', { addressing: 'path' }, 'https://s3.us-east-1.amazonaws.com/images/x/'],
] as const;

for (const [address, settings, url] of PLACES)
  test(`${address} with ${JSON.stringify(settings)} is ${url}`, (t) => {
    t.is(parseS3Address(address, settings).url, url);
  });

const REFUSED = [
  ['s3://', {}, 'STORE_ADDRESS'],
  ['s3://a', {}, 'STORE_ADDRESS'],
  ['s3://key:secret@images', {}, 'STORE_ADDRESS'],
  ['s3://images/../other', {}, 'STORE_ADDRESS'],
  ['s3://images//x', {}, 'STORE_ADDRESS'],
  ['s3://images/a b', {}, 'STORE_ADDRESS'],
  ['s3://images/a?b', {}, 'STORE_ADDRESS'],
  ['s3://images', { endpoint: 's3.lan' }, 'STORE_S3_SETTING'],
  ['s3://images', { endpoint: 'ftp://s3.lan' }, 'STORE_S3_SETTING'],
  ['s3://images', { endpoint: 'https://s3.lan/path' }, 'STORE_S3_SETTING'],
  ['s3://images', { endpoint: 'https://me:pass@s3.lan' }, 'STORE_S3_SETTING'],
  ['s3://images', { addressing: 'other' }, 'STORE_S3_SETTING'],
  ['s3://images', { region: 'a/b' }, 'STORE_S3_SETTING'],
] as const;

for (const [address, settings, code] of REFUSED)
  test(`${address} with ${JSON.stringify(settings)} is refused`, (t) => {
    const error = t.throws(() => parseS3Address(address, settings));
    t.true(isNacreError(error, code));
    t.notRegex(error?.message ?? '', /pass/);
  });

const LISTING = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>
<Contents><Key>p/a&amp;b</Key><LastModified>2026-12-01T11:59:00.000Z</LastModified></Contents>
<NextContinuationToken>t&lt;1</NextContinuationToken></ListBucketResult>`;
const DATE = 'Tue, 01 Dec 2026 12:00:00 GMT';

test('a list has names below the prefix, ages by the clock of the server, and the next page', (t) => {
  t.deepEqual(parseListing(LISTING, 'p/', DATE), {
    objects: [{ name: 'a&b', ageMs: 60_000 }],
    next: 't<1',
  });
});

test('a list that is cut anywhere is refused or shorter, and never wrong', (t) => {
  for (let length = 0; length < LISTING.length; length++)
    try {
      for (const { name } of parseListing(LISTING.slice(0, length), 'p/', DATE).objects)
        t.is(name, 'a&b');
    } catch (reason) {
      t.true(isNacreError(reason, 'STORE_WEB_ANSWER'), String(reason));
    }
});

const BAD = [
  ['another text', '<html/>', DATE],
  ['no time of the answer', LISTING, undefined],
  ['a name outside', LISTING.replace('p/a', 'q/a'), DATE],
  ['no time of an object', LISTING.replace('2026-12-01T11', 'noon'), DATE],
  ['no token of the next page', LISTING.replaceAll('NextContinuationToken', 'Other'), DATE],
] as const;

for (const [what, text, date] of BAD)
  test(`a list with ${what} is refused`, (t) => {
    t.true(
      isNacreError(
        t.throws(() => parseListing(text, 'p/', date)),
        'STORE_WEB_ANSWER',
      ),
    );
  });
