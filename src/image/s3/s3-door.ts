/** What an object store wants of requests, and what its refusals mean. */
import { printable } from '../../codec/printable.ts';
import { NacreError } from '../../errors.ts';
import type { DoorRefusal, WebDoor } from '../store/web-door.ts';
import { unreachable } from '../store/web-error.ts';
import type { S3Settings } from './s3-address.ts';
import { signatureHeaders } from './s3-signature.ts';

/** S3 takes signatures that are at most 15 minutes off. */
const CLOCK_MS = 15 * 60_000;
const FORBIDDEN = 403;
const GONE = 404;
const WORST_CLIENT = 499;

interface S3Refusal extends DoorRefusal {
  /** In its own words, such as `NoSuchKey`; empty in answers without a body, as to HEAD. */
  readonly code: string;
  /** Of the request that was refused. */
  readonly region: string;
  readonly at: Date;
}

const fieldOf = (body: string, name: string): string =>
  printable(new RegExp(`<${name}>([^<]{1,300})</${name}>`).exec(body)?.[1] ?? '');

const toClock = ({ address, headers, at }: S3Refusal): NacreError => {
  const there = headers.date ?? 'unknown';
  return new NacreError('STORE_S3_CLOCK', { address, here: at.toUTCString(), there });
};

/** In which region the bucket is, where the answer tells. */
const regionTold = ({ headers, body }: S3Refusal): string | undefined => {
  const header = headers['x-amz-bucket-region'];
  const told = typeof header === 'string' ? printable(header) : fieldOf(body, 'Region');
  return told || /expecting '([^'<]{1,64})'/.exec(body)?.[1];
};

const toRegion = (refusal: S3Refusal): NacreError => {
  const { address, region } = refusal;
  const needed = regionTold(refusal) ?? 'another one, which it does not tell';
  return new NacreError('STORE_S3_REGION', { address, found: region, needed });
};

const toSignature = ({ address, code }: S3Refusal): NacreError =>
  new NacreError('STORE_S3_SIGNATURE', { address, reason: code });

const toDenied = ({ address, code, status }: S3Refusal): NacreError =>
  new NacreError('STORE_S3_DENIED', { address, reason: code || `status ${status}` });

const toDigest = ({ address, code }: S3Refusal): NacreError =>
  new NacreError('STORE_S3_DIGEST', { address, reason: code });

/** Codes of the S3 API reference, "Error Responses", that say what to do. */
const MEANINGS: Readonly<Record<string, (refusal: S3Refusal) => NacreError | undefined>> = {
  AccessDenied: toDenied,
  AllAccessDisabled: toDenied,
  AccountProblem: toDenied,
  InvalidAccessKeyId: toSignature,
  InvalidSecurity: toSignature,
  InvalidToken: toSignature,
  ExpiredToken: toSignature,
  SignatureDoesNotMatch: toSignature,
  RequestTimeTooSkewed: toClock,
  AuthorizationHeaderMalformed: (refusal) =>
    regionTold(refusal) === undefined ? toSignature(refusal) : toRegion(refusal),
  PermanentRedirect: toRegion,
  TemporaryRedirect: toRegion,
  IllegalLocationConstraintException: toRegion,
  NoSuchBucket: ({ address }) => new NacreError('STORE_S3_BUCKET', { address }),
  BadDigest: toDigest,
  InvalidDigest: toDigest,
  XAmzContentSHA256Mismatch: toDigest,
  RequestTimeout: ({ address, code }) => unreachable(address, code),
  NoSuchKey: () => undefined,
};

const isClockOff = ({ headers, at }: S3Refusal): boolean =>
  Math.abs(Date.parse(headers.date ?? '') - at.getTime()) > CLOCK_MS;

const withoutCode = (refusal: S3Refusal): NacreError | undefined => {
  if (refusal.status === FORBIDDEN) return toDenied(refusal);
  return refusal.headers['x-amz-bucket-region'] !== undefined && refusal.status < FORBIDDEN
    ? toRegion(refusal)
    : undefined;
};

const meaningOf = (refusal: S3Refusal): NacreError | undefined => {
  const { code, status, address, body } = refusal;
  // Some say only that access is denied.
  if (status === FORBIDDEN && isClockOff(refusal)) return toClock(refusal);
  if (code === '') return withoutCode(refusal);
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (meaning !== undefined) return meaning(refusal);
  // Above, the server has a fault of its own, which may pass.
  if (status > WORST_CLIENT || status === GONE) return undefined;
  const message = fieldOf(body, 'Message') || 'no reason given';
  return new NacreError('STORE_S3_REFUSED', { address, status, reason: `${code}: ${message}` });
};

/** Signs every request, and names refusals. */
export const makeS3Door = (
  region: string,
  { keys }: Pick<S3Settings, 'keys'>,
  now: () => Date,
): WebDoor => ({
  admit: ({ method, url, headers, bodyDigest }) => {
    const found = keys?.();
    if (found === undefined) return {};
    return signatureHeaders({ method, url, headers, bodyDigest, region, at: now() }, found);
  },
  refusalOf: (refusal) =>
    meaningOf({ ...refusal, code: fieldOf(refusal.body, 'Code'), region, at: now() }),
});
