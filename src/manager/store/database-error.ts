/** What the two data bases say when something is wrong, as errors of the product. */
import { isNacreError, NacreError } from '../../errors.ts';

type DatabaseCode =
  | 'MANAGER_DATABASE_BUSY'
  | 'MANAGER_DATABASE_CORRUPT'
  | 'MANAGER_DATABASE_FULL'
  | 'MANAGER_DATABASE_IO'
  | 'MANAGER_DATABASE_UNREACHABLE';

/** SQLite's result codes (sqlite.org/rescode.html), without their extension; SQLSTATE classes and codes (PostgreSQL 15, appendix A). */
const KINDS: readonly (readonly [RegExp, DatabaseCode])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'MANAGER_DATABASE_BUSY'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'MANAGER_DATABASE_CORRUPT'],
  [/^(SQLITE_FULL|53100)/, 'MANAGER_DATABASE_FULL'],
  [/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH|NOLFS)/, 'MANAGER_DATABASE_IO'],
  [/^XX00[12]$/, 'MANAGER_DATABASE_CORRUPT'],
  [/^(55P03|57014)$/, 'MANAGER_DATABASE_BUSY'],
  [/^(58|42501|25006)/, 'MANAGER_DATABASE_IO'],
  // 57P0x: the server shuts down; 28: it does not let us in; 3D000: there is no such data base.
  [
    /^(08|28|57P0|3D000|53300|ECONN|ENOENT$|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)/,
    'MANAGER_DATABASE_UNREACHABLE',
  ],
];

const codeOf = (reason: Error): string =>
  'code' in reason && typeof reason.code === 'string' ? reason.code : '';

/** pg has no code for these. */
const isBrokenOff = ({ message }: Error): boolean =>
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout)/.test(
    message,
  );

/** True when the same work may succeed when it is done again at once: another transaction came between. */
export const isCollision = (reason: unknown): boolean =>
  reason instanceof Error && /^(40001|40P01|23505|SQLITE_BUSY_SNAPSHOT)$/.test(codeOf(reason));

/** An error of a driver in our words; others as they are. `place` names the data base without its password. */
export const toDatabaseError = (reason: unknown, place: string): unknown => {
  if (isNacreError(reason) || !(reason instanceof Error)) return reason;
  const code = codeOf(reason);
  const known = isBrokenOff(reason)
    ? 'MANAGER_DATABASE_UNREACHABLE'
    : KINDS.find(([pattern]) => pattern.test(code))?.[1];
  if (known === undefined) return reason;
  const text = reason.message === '' ? code : reason.message;
  return new NacreError(known, { place, reason: text }, { cause: reason });
};
