/** Failures of the operating system below a store, as errors of the product. */
import { isNacreError, NacreError } from '../../errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

const codeOf = (reason: unknown): string | undefined => {
  if (isNacreError(reason)) {
    return reason.code === 'DISK_IO' ? String(reason.facts['errorCode'] ?? '') : undefined;
  }
  if (reason instanceof Error && 'code' in reason && typeof reason.code === 'string') {
    return reason.code;
  }
  return undefined;
};

/** True for an error of `node:fs` or the addon with this code, such as `ENOENT`. */
export const hasErrorCode = (reason: unknown, code: string): boolean => codeOf(reason) === code;

/**
 * The error for a failed write below `path` of a store: `STORE_FULL`, `STORE_READ_ONLY` or `STORE_IO`.
 * An error of the product with a cause of its own, and a bug, come back as they are.
 */
export const toStoreError = (reason: unknown, path: string): unknown => {
  const code = codeOf(reason);
  if (code === undefined) return reason;
  if (FULL.has(code)) return new NacreError('STORE_FULL', { path }, { cause: reason });
  if (READ_ONLY.has(code)) {
    return new NacreError('STORE_READ_ONLY', { path, reason: code }, { cause: reason });
  }
  return new NacreError('STORE_IO', { path, reason: code }, { cause: reason });
};

/** Runs a write and turns its failure into an error of the store. */
export const writing = async <Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (reason) {
    throw toStoreError(reason, path);
  }
};
