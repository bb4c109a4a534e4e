/** Finds out who sent a request, and whether they may do what it asks. */
import { NacreError } from '../../errors.ts';
import type { Ground } from '../ground.ts';
import { type Caller, callerOfSession, callerOfToken, checkAllowed } from '../identity/caller.ts';
import type { Area, Role } from '../identity/roles.ts';
import { REQUEST_HEADER, secretOfCookie } from './cookie.ts';

/** What of a request is looked at. */
export interface Credentials {
  readonly method: string;
  readonly address: string;
  readonly header: (name: string) => string | undefined;
}

const BEARER = /^Bearer (\S{1,256})$/;

/** A change by cookie must come from a page of ours. @throws NacreError MANAGER_REQUEST_FORGED */
const checkOrigin = ({ method, header }: Credentials): void => {
  if (method === 'GET' || header(REQUEST_HEADER) !== undefined) return;
  throw new NacreError('MANAGER_REQUEST_FORGED', { header: REQUEST_HEADER });
};

const identify = async (ground: Ground, given: Credentials): Promise<Caller | undefined> => {
  const authorization = given.header('authorization');
  if (authorization !== undefined) {
    const [, text] = BEARER.exec(authorization) ?? [];
    return text === undefined ? undefined : callerOfToken(ground, text, given.address);
  }
  const secret = secretOfCookie(given.header('cookie'));
  if (secret === undefined) return undefined;
  const caller = await callerOfSession(ground, secret, given.address);
  if (caller !== undefined) checkOrigin(given);
  return caller;
};

/** @throws NacreError MANAGER_LOGIN_NEEDED, MANAGER_FORBIDDEN, MANAGER_REQUEST_FORGED */
export const authenticate = async (
  ground: Ground,
  given: Credentials,
  { role, area }: { readonly role: Role; readonly area: Area },
): Promise<Caller> => {
  const caller = await identify(ground, given);
  if (caller === undefined) throw new NacreError('MANAGER_LOGIN_NEEDED', {});
  checkAllowed(caller, role, area, given.method === 'GET' ? 'read' : 'write');
  return caller;
};
