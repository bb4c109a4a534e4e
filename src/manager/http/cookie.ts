/** The cookie of a session (RFC 6265; `__Host-` of its revision: over TLS only, for this host and all of its paths). */

const NAME = '__Host-nacre';
const SECRET = /^[\w-]{43}$/;

/** A change by cookie needs this header: no other site can make a browser send it. */
export const REQUEST_HEADER = 'x-nacre-request';

/** The `Set-Cookie` that gives a session to a browser. */
export const sessionCookie = (secret: string, seconds: number): string =>
  `${NAME}=${secret}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Strict`;

/** The `Set-Cookie` that takes it back. */
export const noCookie = (): string => sessionCookie('', 0);

/** The secret of a `Cookie` header. */
export const secretOfCookie = (header: string | undefined): string | undefined => {
  for (const pair of (header ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === NAME && SECRET.test(value)) return value;
  }
  return undefined;
};
