/**
 * Recognises files that hold a disk or a volume by their content. A name never makes a file something;
 * it can only make a file without a signature suspect.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { isVhdFooter, VHD_FOOTER_BYTES } from '../../codec/disk-image-header.ts';
import { PARTCLONE_MAGIC } from '../../codec/partclone-header.ts';
import { NacreError } from '../../errors.ts';

/** What a file is made of. */
export type ImageFormat =
  | 'raw'
  | 'gzip'
  | 'xz'
  | 'zstd'
  | 'qcow2'
  | 'vhd'
  | 'vhdx'
  | 'vmdk'
  | 'partclone'
  | 'package';

/** First bytes that are looked at. */
export const PEEK_BYTES = 4096 + 512;

const starts = (bytes: Buffer, signature: string, at = 0): boolean =>
  bytes.subarray(at, at + signature.length).equals(Buffer.from(signature, 'latin1'));

const SIGNATURES: readonly (readonly [ImageFormat, string])[] = [
  ['gzip', '\x1f\x8b'],
  ['xz', '\xfd7zXZ\0'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['qcow2', 'QFI\xfb'],
  ['vhdx', 'vhdxfile'],
  ['vmdk', 'KDMV'],
  ['vmdk', '# Disk DescriptorFile'],
  ['partclone', PARTCLONE_MAGIC],
];

/** Formats that are known well enough to say what to do instead. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['a bzip2 file', 'BZh'],
  ['an LZ4 file', '\x04\x22\x4d\x18'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['a 7z archive', '7z\xbc\xaf\x27\x1c'],
  ['a WIM archive', 'MSWIM\0\0\0'],
  ['an ntfsclone image', '\0ntfsclone-image'],
  ['an old VMware disk (COWD)', 'COWD'],
];

/** Format of what begins with `bytes` (up to `PEEK_BYTES`); undefined where no signature is there. */
export const formatOfBytes = (bytes: Buffer): ImageFormat | undefined =>
  SIGNATURES.find(([, signature]) => starts(bytes, signature))?.[0];

/** True for bytes that begin like a disk with a table or a volume with a known file system. */
export const isDiskStart = (bytes: Buffer): boolean =>
  starts(bytes, '\x55\xaa', 510) ||
  starts(bytes, 'EFI PART', 512) ||
  starts(bytes, 'EFI PART', 4096) ||
  starts(bytes, '\x53\xef', 1024 + 56) ||
  starts(bytes, 'XFSB');

const unknown = (path: string, reason: string): NacreError =>
  new NacreError('CONVERT_UNKNOWN_FORMAT', { path, reason });

/**
 * Bytes that are to be taken as a raw disk: whole sectors and not something else that is known.
 * @throws {NacreError} CONVERT_UNKNOWN_FORMAT.
 */
export const requireRaw = (path: string, start: Buffer, sizeBytes: number): void => {
  const other = OTHERS.find(([, signature]) => starts(start, signature));
  if (other !== undefined) throw unknown(path, `it is ${other[0]}`);
  if (starts(start, '\x7f\x10\xda\xbe', 64)) throw unknown(path, 'it is a VDI disk');
  if (sizeBytes === 0) throw unknown(path, 'it is empty');
  if (sizeBytes % 512 !== 0) throw unknown(path, `${sizeBytes} bytes are no whole sectors`);
};

/** The first bytes of an open file. */
export const peekFile = async (file: FileHandle): Promise<Buffer> => {
  const bytes = Buffer.alloc(PEEK_BYTES);
  const { bytesRead } = await file.read(bytes, 0, PEEK_BYTES, 0);
  return bytes.subarray(0, bytesRead);
};

const hasVhdFooter = async (file: FileHandle, sizeBytes: number): Promise<boolean> => {
  const footer = Buffer.alloc(VHD_FOOTER_BYTES);
  const at = Math.max(0, sizeBytes - VHD_FOOTER_BYTES);
  const { bytesRead } = await file.read(footer, 0, VHD_FOOTER_BYTES, at);
  return isVhdFooter(footer.subarray(0, bytesRead));
};

/** A file of the WISard generation: its format is not public, so only plain or gzip raw is read. */
const requireReadableI2d = (path: string, format: ImageFormat, start: Buffer): void => {
  if (!path.toLowerCase().endsWith('.i2d') || format === 'gzip') return;
  if (format !== 'raw' || !isDiskStart(start)) throw new NacreError('CONVERT_I2D', { path });
};

/** @throws {NacreError} CONVERT_I2D where an `.i2d` holds something else than a disk after unpacking. */
export const requireI2dDisk = (path: string, start: Buffer): void =>
  requireReadableI2d(path, 'raw', start);

/** Formats that a name may promise; one that does not keep it was probably cut short or mixed up. */
const PROMISES: readonly (readonly [string, ImageFormat])[] = [
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
  ['.qcow2', 'qcow2'],
  ['.vhd', 'vhd'],
  ['.vhdx', 'vhdx'],
  ['.vmdk', 'vmdk'],
];

const requirePromise = (path: string): void => {
  const promise = PROMISES.find(([ending]) => path.toLowerCase().endsWith(ending));
  if (promise !== undefined)
    throw unknown(path, `its name says ${promise[1]}, its content does not`);
};

const formatOfFile = async (path: string, file: FileHandle): Promise<ImageFormat> => {
  const { size } = await file.stat();
  const start = await peekFile(file);
  const signed = formatOfBytes(start);
  if (signed !== undefined) return signed;
  if ((await hasVhdFooter(file, size)) || isVhdFooter(start)) return 'vhd';
  requirePromise(path);
  requireRaw(path, start, size);
  return 'raw';
};

/**
 * Recognises what `path` is: a folder is a package, a block device or anything else without a
 * signature is raw.
 * @throws {NacreError} CONVERT_UNKNOWN_FORMAT with the reason, CONVERT_I2D; errors of the file system.
 */
export const detectImageFile = async (path: string): Promise<ImageFormat> => {
  const status = await stat(path);
  if (status.isDirectory()) return 'package';
  if (status.isBlockDevice()) return 'raw';
  if (!status.isFile()) throw unknown(path, 'it is neither a file nor a folder');
  const file = await open(path, 'r');
  try {
    const format = await formatOfFile(path, file);
    requireReadableI2d(path, format, await peekFile(file));
    return format;
  } finally {
    await file.close();
  }
};
