/** Sends what was changed on a disk to the manager that holds the image for it: only what that lacks, from where it broke off. */
import { MANIFEST_LIMIT_BYTES } from '../../codec/image-limits.ts';
import { parseManifest } from '../../codec/manifest.ts';
import { openForRead } from '../../disk/device.ts';
import { ERROR_TABLE, type ErrorCode, isNacreError, NacreError } from '../../errors.ts';
import type { OnProgress } from '../../image/operation.ts';
import { sha256Hex } from '../../image/store/pack-file.ts';
import { readUpdateSource } from '../../image/upload/update-source.ts';
import { sendDisk, type UploadReport } from '../../image/upload/upload-capture.ts';
import { UPDATE_PATH } from '../../job/upload-messages.ts';
import { type LinkProblem, MerlinLink, strangeAnswer } from '../order/merlin-link.ts';
import { UploadLink } from '../order/upload-link.ts';
import type { UpdateInHand } from './update-record.ts';

export interface SendUpdateOptions {
  readonly update: Pick<UpdateInHand, 'id' | 'base' | 'manager'>;
  /** Of this `finish`. */
  readonly token: string;
  /** The disk that was changed, or an image file of it. */
  readonly path: string;
  readonly sectorSize?: number | undefined;
  /** Who sends, where the manager does not say it better. */
  readonly creator: string;
  /** Memory for digests that need not be sent. */
  readonly knownLimitBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Told when the manager has answered, and what is sent goes there. */
  readonly onOpen?: ((shown: string) => void) | undefined;
  /** How long a manager that does not answer is asked again; 10 minutes by default. */
  readonly patienceMs?: number | undefined;
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_TABLE, code);

/** What the manager refuses with is said as it says it. */
const toError = ({ code, facts }: LinkProblem): NacreError | undefined =>
  isCode(code) ? new NacreError(code, facts as never) : undefined;

const readBase = async (
  link: MerlinLink,
  { update: { id, base }, token }: SendUpdateOptions,
): Promise<ReturnType<typeof parseManifest>> => {
  const wish = { method: 'GET', path: `${id}/base`, ticket: token } as const;
  const { bytes } = await link.demand({ ...wish, limitBytes: MANIFEST_LIMIT_BYTES });
  const found = sha256Hex(bytes);
  if (found !== base)
    throw strangeAnswer(link.shown, `the manifest has the id ${found}, asked was ${base}`);
  return parseManifest(bytes);
};

const openDisk = async (path: string, sectorSize: number | undefined) => {
  try {
    return await openForRead(path, { sectorSize });
  } catch (reason) {
    if (!isNacreError(reason, 'DISK_IN_USE')) throw reason;
    const facts = { path, user: String(reason.facts['use']) };
    throw new NacreError('UPDATE_RUNNING', facts, { cause: reason });
  }
};

/** Refuses the disk of a system that runs (spec T-8). @throws NacreError UPDATE_RUNNING, DISK_… */
export const requireAtRest = async (path: string, sectorSize?: number): Promise<void> => {
  using _disk = await openDisk(path, sectorSize);
};

/**
 * Sends the disk of an update. Run again after it was broken off, it sends what has not arrived.
 *
 * @throws NacreError UPDATE_RUNNING, UPDATE_DISK_OTHER, UPDATE_TOKEN_REFUSED, UPDATE_BASE_MOVED; IMAGE_SOURCE_…, DISK_…;
 *   STORE_WEB_UNREACHABLE, STORE_WEB_PIN, MERLIN_SERVER_FULL; CANCELLED
 */
export const sendUpdate = async (options: SendUpdateOptions): Promise<UploadReport> => {
  const { update, token, path, sectorSize, signal, patienceMs } = options;
  const { url, pin } = update.manager;
  using disk = await openDisk(path, sectorSize);
  const link = new MerlinLink({
    ...{ url, pin: pin ?? '', folder: UPDATE_PATH, signal, patienceMs, toError },
  });
  try {
    const base = await readBase(link, options);
    options.onOpen?.(`${url}${UPDATE_PATH}`);
    const target = new UploadLink(link, { path: `${update.id}/upload`, ticket: token });
    const { creator, knownLimitBytes, onProgress } = options;
    const sending = { path, target, creator, knownLimitBytes, signal, onProgress };
    return await sendDisk(disk, () => readUpdateSource(disk, base, target), sending);
  } finally {
    link.close();
  }
};
