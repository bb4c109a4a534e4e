/**
 * Signatures of requests for S3: AWS Signature Version 4, by HMAC-SHA256 over a canonical form of the request (Amazon S3 API
 * Reference, "Authenticating Requests (AWS Signature Version 4)"). decisions/0015 says why it is ours.
 */
import { createHash, createHmac } from 'node:crypto';

/** Who signs. */
export interface S3Keys {
  readonly id: string;
  readonly secret: string;
  /** Of keys that are lent for a while. */
  readonly sessionToken?: string | undefined;
}

/** Which door of the provider a signature opens. */
export interface SignatureScope {
  readonly region: string;
  /** `s3`, but for test vectors. */
  readonly service?: string | undefined;
}

export interface SignedRequest extends SignatureScope {
  readonly method: string;
  readonly url: URL;
  /** All that are signed, beside `host`. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex, or `UNSIGNED-PAYLOAD`. */
  readonly bodyDigest: string;
  readonly at: Date;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** SHA-256 of no bytes. */
export const EMPTY_DIGEST = createHash('sha256').digest('hex');

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** All but unreserved characters as `%XX` (RFC 3986 section 2.3). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalPath = ({ pathname }: URL): string =>
  pathname
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');

const order = (left: string, right: string): number => {
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

const canonicalQuery = ({ searchParams }: URL): string =>
  [...searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [other, otherValue]) => order(name, other) || order(value, otherValue))
    .map((pair) => pair.join('='))
    .join('&');

/** `20261201T120000Z`. */
const stampOf = (at: Date): string => at.toISOString().replace(/[-:]|\.\d{3}/g, '');

interface Canonical {
  readonly names: string;
  readonly text: string;
}

const canonicalRequest = ({ method, url, headers, bodyDigest }: SignedRequest): Canonical => {
  const rows = Object.entries({ host: url.host, ...headers })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .sort(([name], [other]) => order(name, other));
  const names = rows.map(([name]) => name).join(';');
  const lines = rows.map((row) => `${row.join(':')}\n`).join('');
  const parts = [method, canonicalPath(url), canonicalQuery(url), lines, names, bodyDigest];
  return { names, text: parts.join('\n') };
};

const scopeOf = ({ at, region, service = 's3' }: SignedRequest): readonly string[] => [
  stampOf(at).slice(0, 8),
  region,
  service,
  'aws4_request',
];

const signatureOf = (text: string, request: SignedRequest, { secret }: S3Keys): string => {
  const scope = scopeOf(request);
  const toSign = [ALGORITHM, stampOf(request.at), scope.join('/'), digestOf(text)].join('\n');
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
};

/** Value of the Authorization header. */
export const authorizationOf = (request: SignedRequest, keys: S3Keys): string => {
  const { names, text } = canonicalRequest(request);
  const credential = `${keys.id}/${scopeOf(request).join('/')}`;
  const signature = signatureOf(text, request, keys);
  return `${ALGORITHM} Credential=${credential},SignedHeaders=${names},Signature=${signature}`;
};

/** A request without its signature. */
export type UnsignedRequest = Omit<SignedRequest, 'headers' | 'bodyDigest'> & {
  /** Of them those are signed that change what is asked for. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyDigest?: string | undefined;
};

const SIGNED_HEADER = /^(range|content-md5|if-match|if-none-match|x-amz-.*)$/i;

/** The headers that a signed request has beside its own. */
export const signatureHeaders = (
  { headers, bodyDigest = EMPTY_DIGEST, ...request }: UnsignedRequest,
  keys: S3Keys,
): Readonly<Record<string, string>> => {
  const own: Record<string, string> = {
    'x-amz-content-sha256': bodyDigest,
    'x-amz-date': stampOf(request.at),
  };
  if (keys.sessionToken !== undefined) own['x-amz-security-token'] = keys.sessionToken;
  const others = Object.entries(headers).filter(([name]) => SIGNED_HEADER.test(name));
  const signed = { ...request, headers: { ...Object.fromEntries(others), ...own }, bodyDigest };
  return { ...own, Authorization: authorizationOf(signed, keys) };
};

/**
 * An address that anybody may GET for a while.
 *
 * @param seconds at most 7 days, by the rules of S3
 */
export const signedAddress = (
  { url, at, region }: Pick<SignedRequest, 'url' | 'at' | 'region'>,
  keys: S3Keys,
  seconds: number,
): URL => {
  const signed = new URL(url);
  const request = { method: 'GET', url: signed, headers: {}, bodyDigest: 'UNSIGNED-PAYLOAD' };
  const whole: SignedRequest = { ...request, at, region };
  const fields = {
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${keys.id}/${scopeOf(whole).join('/')}`,
    'X-Amz-Date': stampOf(at),
    'X-Amz-Expires': String(seconds),
    ...(keys.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': keys.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  };
  for (const [name, value] of Object.entries(fields)) signed.searchParams.set(name, value);
  const signature = signatureOf(canonicalRequest(whole).text, whole, keys);
  signed.searchParams.set('X-Amz-Signature', signature);
  return signed;
};
