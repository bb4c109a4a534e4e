/**
 * Signatures against the examples that AWS publishes: those of the S3 API reference ("Signature Calculations for the Authorization
 * Header: Transferring Payload in a Single Chunk", "Using Query Parameters"), and of the Signature Version 4 test suite.
 */
import test from 'ava';
import {
  authorizationOf,
  EMPTY_DIGEST,
  signatureHeaders,
  signedAddress,
} from '../../../src/image/s3/s3-signature.ts';

const KEYS = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const AT = new Date('2013-05-24T00:00:00Z');
const BUCKET = 'https://examplebucket.s3.amazonaws.com';
const SCOPE = { region: 'us-east-1', at: AT };

const signatureIn = (headers: Readonly<Record<string, string>>): string | undefined =>
  /Signature=([0-9a-f]{64})$/.exec(headers['Authorization'] ?? '')?.[1];

/** Method, path and query, headers, signature; all without a body. */
const EXAMPLES = [
  [
    'GET',
    '/test.txt',
    { Range: 'bytes=0-9' },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  ['GET', '/?lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  [
    'GET',
    '/?max-keys=2&prefix=J',
    {},
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
] as const;

for (const [method, place, headers, signature] of EXAMPLES)
  test(`the S3 example ${method} ${place} has the published signature`, (t) => {
    const url = new URL(`${BUCKET}${place}`);
    t.is(signatureIn(signatureHeaders({ ...SCOPE, method, url, headers }, KEYS)), signature);
  });

test('the S3 example PUT test$file.text has the published signature', (t) => {
  const bodyDigest = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
  const headers = {
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-content-sha256': bodyDigest,
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  };
  const url = new URL(`${BUCKET}/test$file.text`);
  const value = authorizationOf({ ...SCOPE, method: 'PUT', url, headers, bodyDigest }, KEYS);
  t.is(
    value,
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
      'SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,' +
      'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
});

test('the S3 example of a presigned address has the published signature', (t) => {
  const url = new URL(`${BUCKET}/test.txt`);
  const signed = signedAddress({ ...SCOPE, url }, KEYS, 86_400);
  t.is(
    signed.searchParams.get('X-Amz-Signature'),
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  t.is(signed.searchParams.get('X-Amz-Expires'), '86400');
});

/** Names in the suite, paths, signatures. */
const SUITE = [
  ['get-vanilla', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
] as const;

for (const [name, place, signature] of SUITE)
  test(`${name} of the test suite has the published signature`, (t) => {
    const keys = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    const value = authorizationOf(
      {
        ...{ method: 'GET', url: new URL(`https://example.amazonaws.com${place}`) },
        ...{ region: 'us-east-1', service: 'service', at: new Date('2015-08-30T12:36:00Z') },
        ...{ headers: { 'X-Amz-Date': '20150830T123600Z' }, bodyDigest: EMPTY_DIGEST },
      },
      keys,
    );
    t.is(signatureIn({ Authorization: value }), signature);
  });

test('keys that are lent for a while sign their token, too', (t) => {
  const url = new URL(`${BUCKET}/test.txt`);
  const request = { ...SCOPE, method: 'GET', url, headers: {} };
  const signed = signatureHeaders(request, { ...KEYS, sessionToken: 'lent' });
  t.is(signed['x-amz-security-token'], 'lent');
  t.regex(signed['Authorization'] ?? '', /;x-amz-security-token,/);
  t.is(
    signedAddress({ ...SCOPE, url }, { ...KEYS, sessionToken: 'a/b' }, 60).searchParams.get(
      'X-Amz-Security-Token',
    ),
    'a/b',
  );
});
