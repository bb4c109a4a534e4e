/** Unpacks gzip, xz and zstd files as streams of bytes, with damage named by its place in the file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { TOOL_ENVIRONMENT } from '../../disk/tool.ts';
import { NacreError } from '../../errors.ts';

const PIECE_BYTES = 1 << 20;
/** zlib's own codes for data that is wrong or ends too early. */
const GZIP_DAMAGE = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);
/** Most memory that an unpacker may use; archives of larger windows are made by hand only. */
const MEMORY_MIB = 1024;

/** What can be unpacked. */
export type PackedFormat = 'gzip' | 'xz' | 'zstd';

const UNPACKERS = {
  xz: ['xz', ['--decompress', '--stdout', '--quiet', `--memlimit-decompress=${MEMORY_MIB}MiB`]],
  zstd: ['zstd', ['--decompress', '--stdout', '--quiet', '--no-progress', `-M${MEMORY_MIB}MB`]],
} as const;

const damaged = (path: string, offset: number, reason: string, cause?: unknown): NacreError =>
  new NacreError('CONVERT_SOURCE_DAMAGED', { path, offset, reason }, { cause });

async function* unpackGzip(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: PIECE_BYTES, signal });
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const piece of gunzip) yield piece;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (!GZIP_DAMAGE.has(String(error.code))) throw error;
    throw damaged(path, gunzip.bytesWritten, error.message, error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  // zlib stops quietly where something else follows the last member.
  const { size } = await stat(path);
  if (gunzip.bytesWritten < size) {
    throw damaged(path, gunzip.bytesWritten, 'bytes follow the end of the gzip data');
  }
}

/** Offset in a file that a child shares with us: as far as it has read. */
const sharedOffset = async (descriptor: number): Promise<number> => {
  const text = await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  return Number(/^pos:\s*(\d+)/m.exec(text)?.[1] ?? 0);
};

async function* unpackWith(
  path: string,
  format: 'xz' | 'zstd',
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const [program, args] = UNPACKERS[format];
  const file = await open(path, 'r');
  // The file is its standard input, so that no name is ever taken for an option.
  const child = spawn(program, args, {
    stdio: [file.fd, 'pipe', 'pipe'],
    env: TOOL_ENVIRONMENT,
    signal,
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError('the child has no pipes');
  const closed = once(child, 'close');
  // Awaited below; a generator that is left early would otherwise leave it unhandled.
  closed.catch(() => undefined);
  let complaint = '';
  stderr.on('data', (text: Buffer) => {
    if (complaint.length < 1000) complaint += text.toString('utf8');
  });
  try {
    for await (const piece of stdout) yield piece;
    const [exitCode] = await closed;
    if (exitCode === 0) return;
    const reason = complaint.trim().split('\n').at(-1) ?? `exit code ${exitCode}`;
    throw damaged(path, await sharedOffset(file.fd), reason);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    throw new NacreError('TOOL_MISSING', { program }, { cause: error });
  } finally {
    child.kill();
    await file.close();
  }
}

/**
 * The unpacked bytes of a file, in pieces of about 1 MiB.
 * @throws {NacreError} CONVERT_SOURCE_DAMAGED with the offset in the packed file (for xz and zstd as
 *   far as the unpacker had read), TOOL_MISSING.
 */
export const unpack = (
  path: string,
  format: PackedFormat,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> =>
  format === 'gzip' ? unpackGzip(path, signal) : unpackWith(path, format, signal);
