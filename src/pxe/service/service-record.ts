/**
 * A file that says which process serves from a data folder: two would give the same order twice, and `pxe status` wants to know
 * whether one runs.
 */
import { readFile, rename } from 'node:fs/promises';
import { outputFile, remove } from 'fs-extra/esm';
import * as z from 'zod';
import { NacreError } from '../../errors.ts';

const MOST_BYTES = 64 * 1024;

const shape = z.object({
  format: z.literal('nacre-pxe-service'),
  version: z.literal(1),
  pid: z.int().min(1),
  /** When the process began, in ticks since the machine started: a number that another process with this pid has not. */
  startTicks: z.string().regex(/^\d{1,20}$/),
  startedAt: z.iso.datetime(),
  interfaces: z.array(z.object({ name: z.string(), address: z.string() })),
  /** File of the policy, or address of the manager that decides. */
  policy: z.string(),
  isManaged: z.boolean().default(false),
  boot: z.string(),
  store: z.string(),
  httpPort: z.int(),
  httpsPort: z.int(),
  /** SHA-256 of the key by which Merlin knows this server: what a USB medium is made with. */
  pin: z.string(),
  /** Addresses that it gives, when it is the DHCP server. */
  range: z.string().nullable(),
});
/** What a service was started with. */
export type ServiceRecord = Readonly<z.infer<typeof shape>>;
export type ServiceFacts = Omit<ServiceRecord, 'format' | 'version' | 'pid' | 'startTicks'>;

/** Reads a file that may be missing. */
const readOr = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return undefined;
    throw reason;
  }
};

/** Field 22 of `/proc/PID/stat` (proc(5)); the name in field 2 may have blanks and brackets. */
const startTicksOf = async (pid: number): Promise<string | undefined> => {
  const text = await readOr(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
};

const parseRecord = (text: string): ServiceRecord | undefined => {
  if (text.length > MOST_BYTES) return undefined;
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

/** The service that runs now; `undefined` when there is none, or its machine was switched off. */
export const readRunningService = async (file: string): Promise<ServiceRecord | undefined> => {
  const text = await readOr(file);
  const record = text === undefined ? undefined : parseRecord(text);
  if (record === undefined) return undefined;
  return (await startTicksOf(record.pid)) === record.startTicks ? record : undefined;
};

/** The file while its service runs. */
export interface HeldRecord extends AsyncDisposable {
  readonly close: () => Promise<void>;
}

/**
 * Writes the file, which is removed again by `close`.
 *
 * @throws NacreError PXE_SERVICE_RUNS when another service has this data folder
 */
export const holdServiceRecord = async (file: string, facts: ServiceFacts): Promise<HeldRecord> => {
  const other = await readRunningService(file);
  if (other !== undefined && other.pid !== process.pid) {
    const { pid, startedAt } = other;
    throw new NacreError('PXE_SERVICE_RUNS', { path: file, pid, startedAt });
  }
  const startTicks = (await startTicksOf(process.pid)) ?? '0';
  const head = { format: 'nacre-pxe-service', version: 1, pid: process.pid, startTicks };
  await outputFile(`${file}.new`, `${JSON.stringify({ ...head, ...facts })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  const close = (): Promise<void> => remove(file);
  return { close, [Symbol.asyncDispose]: close };
};
