/** Waits for a native operation: progress at most ten times a second, cancelling by an AbortSignal. */
import { type NativeOperation, type NativeProgress, toNacreError } from '../disk/native.ts';
import { type ErrorCode, type FactsOf, isNacreError, NacreError } from '../errors.ts';

/** Told at most ten times a second, and once at the end. */
export type OnProgress = (progress: NativeProgress & { readonly phase: string }) => void;

export interface OperationOptions {
  /** Numbers of the partitions that the operation was given, in its order: errors name them by these. */
  readonly partitions?: readonly number[] | undefined;
  /** Word for people: `capture`, `restore`, `compare`, `check`. */
  readonly phase: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const PROGRESS_INTERVAL_MS = 100;

/**
 * Result of the operation.
 *
 * @throws NacreError CANCELLED when `signal` aborted; otherwise what the operation rejects with
 */
export const awaitOperation = async <Result>(
  operation: NativeOperation<Result>,
  { phase, partitions = [], signal, onProgress }: OperationOptions,
): Promise<Result> => {
  const report = () => onProgress?.({ ...operation.progress(), phase });
  const cancel = () => operation.cancel();
  const timer = setInterval(report, PROGRESS_INTERVAL_MS);
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    const result = await operation.done;
    report();
    return result;
  } catch (reason) {
    if (signal?.aborted) throw new NacreError('CANCELLED', { phase }, { cause: reason });
    throw withPartitionNumber(toNacreError(reason), partitions);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
};

// The addon counts the partitions of its request from 0; people know them by their numbers.
const withPartitionNumber = (reason: unknown, partitions: readonly number[]): unknown => {
  if (!isNacreError(reason)) return reason;
  const number = partitions[Number(reason.facts['partition'] ?? -1)];
  if (number === undefined) return reason;
  const facts = { ...reason.facts, partition: number } as FactsOf<ErrorCode>;
  return new NacreError(reason.code, facts, { cause: reason.cause });
};
