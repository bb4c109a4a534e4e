/** Failures of web servers and of the way to them, as errors of the product. */
import { printable } from '../../codec/printable.ts';
import { isNacreError, NacreError } from '../../errors.ts';

/** No answer, or one that broke off: it may go better the next time. */
export const unreachable = (address: string, reason: unknown): NacreError => {
  const error = reason instanceof Error ? (reason as NodeJS.ErrnoException) : undefined;
  const text = error === undefined ? String(reason) : (error.code ?? error.message);
  return new NacreError('STORE_WEB_UNREACHABLE', { address, reason: text }, { cause: error });
};

/** An answer whose field is not what HTTP or our request wants. */
export const wrongAnswer = (
  address: string,
  field: string,
  found: string | number | undefined,
  needed: string | number,
): NacreError => {
  const text = printable(String(found ?? 'none'));
  return new NacreError('STORE_WEB_ANSWER', { address, field, found: text, needed });
};

/** The error for what `node:http` throws at a request. */
export const toWebError = (address: string, reason: unknown): unknown => {
  if (isNacreError(reason) || !(reason instanceof Error)) return reason;
  if (reason.name === 'AbortError') return reason;
  const code = 'code' in reason ? String(reason.code) : '';
  if (code.startsWith('HPE_')) {
    return wrongAnswer(address, 'a header', code, 'an answer of HTTP/1.1');
  }
  return unreachable(address, reason);
};

const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** True for a failure that may pass by itself. */
export const isTransient = (reason: unknown): boolean =>
  isNacreError(reason, 'STORE_WEB_UNREACHABLE') ||
  (isNacreError(reason, 'STORE_WEB_STATUS') && BUSY.has(Number(reason.facts['status'])));
