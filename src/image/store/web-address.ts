/** Addresses of stores behind a web server: what is one, and how it is shown to people. */
import { NacreError } from '../../errors.ts';

/** Where the files of a store are asked for. */
export interface WebAddress {
  /** Ends with `/`; without user and password. */
  readonly url: URL;
  /** For messages: without the password. */
  readonly shown: string;
  /** Value of the Authorization header, for an address with a user. */
  readonly authorization: string | undefined;
}

/** True for `http://…` and `https://…`. */
export const isWebAddress = (location: string): boolean => /^https?:\/\//i.test(location);

/** True for an address of any scheme. */
export const hasScheme = (location: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(location);

/** An address without its password, also one that cannot be parsed. */
export const shownAddress = (location: string): string =>
  location.replace(/^([a-z][a-z0-9+.-]+:\/\/)([^/]*)@/i, (_, scheme: string, user: string) => {
    const name = user.replace(/:.*$/s, '');
    return name === '' ? scheme : `${scheme}${name}@`;
  });

const authorizationOf = ({ username, password }: URL): string | undefined => {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
};

/**
 * The address of a store.
 * @throws NacreError `STORE_ADDRESS` for another scheme, and for an address with a query or a fragment
 */
export const parseWebAddress = (location: string): WebAddress => {
  const shown = shownAddress(location);
  const refusal = new NacreError('STORE_ADDRESS', { store: shown });
  if (!isWebAddress(location) || !URL.canParse(location)) throw refusal;
  const url = new URL(location);
  if (url.search !== '' || url.hash !== '') throw refusal;
  let authorization: string | undefined;
  try {
    authorization = authorizationOf(url);
  } catch (reason) {
    // A percent sign that begins no escape.
    if (reason instanceof URIError) throw refusal;
    throw reason;
  }
  url.username = '';
  url.password = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url, shown: shown.endsWith('/') ? shown : `${shown}/`, authorization };
};
