/** Where an object store is asked: `s3://BUCKET/PREFIX` and what settings say of its server. */
import { NacreError } from '../../errors.ts';
import type { S3Keys } from './s3-signature.ts';

/** What an address of a bucket does not say. */
export interface S3Settings {
  /** `https://HOST:PORT` of the server; of Amazon by default. */
  readonly endpoint?: string | undefined;
  /** `us-east-1` by default. */
  readonly region?: string | undefined;
  /** `path`: BUCKET is the first part of the path; `virtual`: the first part of the name of the host. */
  readonly addressing?: string | undefined;
  /** `through`: devices get what they read through the manager; `redirect`: packs from the bucket itself, by signed addresses. */
  readonly devices?: string | undefined;
  /** Asked when something is signed; without keys nothing is. @throws NacreError `STORE_S3_CREDENTIALS` */
  readonly keys?: (() => S3Keys | undefined) | undefined;
}

/** A place in a bucket. */
export interface S3Place {
  /** `https://HOST/BUCKET/PREFIX/` or `https://BUCKET.HOST/PREFIX/`; ends with a slash. */
  readonly url: string;
  /** Of the bucket, with a slash at its end. */
  readonly bucketUrl: string;
  /** Of all keys; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
}

const ADDRESS = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:\/([A-Za-z0-9._/-]*))?$/i;
const REGION = /^[A-Za-z0-9-]{1,64}$/;
const DEFAULT_REGION = 'us-east-1';

/** True for `s3://…`. */
export const isS3Address = (location: string): boolean => /^s3:\/\//i.test(location);

const wrongSetting = (name: string, value: string, expected: string): NacreError =>
  new NacreError('STORE_S3_SETTING', { name, value, expected });

const endpointOf = ({ endpoint }: S3Settings, region: string): URL => {
  if (endpoint === undefined) return new URL(`https://s3.${region}.amazonaws.com`);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  const isBare = url?.pathname === '/' && `${url.search}${url.hash}${url.username}` === '';
  if (url !== undefined && isWeb && isBare && url.password === '') return url;
  // A wrong one may hold a password.
  throw wrongSetting('s3-endpoint', endpoint.replace(/\/\/.*@/, '//…@'), 'https://HOST[:PORT]');
};

const isPathStyle = ({ endpoint, addressing }: S3Settings, bucket: string): boolean => {
  if (addressing === 'path' || addressing === 'virtual') return addressing === 'path';
  if (addressing !== undefined) throw wrongSetting('s3-addressing', addressing, 'path | virtual');
  // The certificate of Amazon covers one more part of a name, and not two.
  return endpoint !== undefined || bucket.includes('.');
};

/**
 * The place that an address names.
 * @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING`
 */
export const parseS3Address = (location: string, settings: S3Settings): S3Place => {
  const [, bucket, path = ''] = ADDRESS.exec(location) ?? [];
  const parts = path.replace(/\/$/, '').split('/');
  const isOdd = path !== '' && parts.some((part) => /^\.{0,2}$/.test(part));
  if (bucket === undefined || isOdd) throw new NacreError('STORE_ADDRESS', { store: location });
  const { region = DEFAULT_REGION } = settings;
  if (!REGION.test(region)) throw wrongSetting('s3-region', region, 'a name such as eu-central-1');
  const prefix = path === '' ? '' : `${parts.join('/')}/`;
  const endpoint = endpointOf(settings, region);
  const bucketUrl = isPathStyle(settings, bucket)
    ? `${endpoint.origin}/${bucket}/`
    : `${endpoint.protocol}//${bucket}.${endpoint.host}/`;
  return { url: `${bucketUrl}${prefix}`, bucketUrl, prefix, region };
};
