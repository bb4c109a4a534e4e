/** qcow2, VHD, VHDX and VMDK through qemu-img, which never gets to open a file of the image's choosing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  checkQcow2,
  checkVhd,
  checkVmdkDescriptor,
  type ImageReference,
  isVhdFooter,
  parseVmdkHeader,
  VHD_FOOTER_BYTES,
  VMDK_DESCRIPTOR_MAXIMUM_BYTES,
  type VmdkExtent,
} from '../../codec/disk-image-header.ts';
import { runTool, TOOL_ENVIRONMENT } from '../../disk/tool.ts';
import { NacreError } from '../../errors.ts';

/** What qemu-img calls the formats. */
const DRIVERS = { raw: 'raw', qcow2: 'qcow2', vhd: 'vpc', vhdx: 'vhdx', vmdk: 'vmdk' } as const;
/** A format that qemu-img reads or writes here. */
export type QemuFormat = keyof typeof DRIVERS;

/** Enough for every header and the name of a backing file (at most 1023 bytes into the first cluster). */
const HEADER_BYTES = 64 * 1024;

const refuse = (file: string, found: ImageReference): NacreError => {
  if (found.kind === 'reference') {
    return new NacreError('CONVERT_REFERS_ELSEWHERE', { path: file, reference: found.what });
  }
  if (found.kind === 'unsupported') {
    return new NacreError('CONVERT_UNSUPPORTED', { path: file, what: found.what });
  }
  return new NacreError('CONVERT_SOURCE_DAMAGED', { path: file, offset: 0, reason: found.what });
};

const readAt = async (file: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
};

const withFile = async <Result>(
  name: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> => {
  const file = await open(name, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
};

const vmdkDescriptor = async (name: string): Promise<{ text: string; hasExtents: boolean }> =>
  withFile(name, async (file) => {
    const start = await readAt(file, 0, 512);
    if (start.toString('latin1', 0, 4) !== 'KDMV') {
      // Only a small text file can be a descriptor; anything else is a flat extent, never parsed.
      const text = await readAt(file, 0, VMDK_DESCRIPTOR_MAXIMUM_BYTES);
      return { text: text.toString('latin1'), hasExtents: true };
    }
    const place = parseVmdkHeader(start);
    if ('kind' in place) throw refuse(name, place);
    const text = (await readAt(file, place.offset, place.length)).toString('latin1');
    return { text, hasExtents: place.isShell };
  });

const checkVmdk = async (name: string): Promise<string[]> => {
  const { text, hasExtents } = await vmdkDescriptor(name);
  const { problem, extents } = checkVmdkDescriptor(text);
  // A sparse disk with a capacity of its own only repeats its old name there; qemu-img ignores it.
  const isOwnName = !hasExtents && problem?.what.startsWith('the extent');
  if (problem !== undefined && !isOwnName) throw refuse(name, problem);
  if (!hasExtents) return [];
  const folder = path.dirname(name);
  for (const extent of extents) await checkVmdkExtent(name, path.join(folder, extent.name), extent);
  return extents.map((extent) => path.join(folder, extent.name));
};

const checkVmdkExtent = async (
  name: string,
  target: string,
  { neededBytes }: VmdkExtent,
): Promise<void> => {
  const status = await lstat(target);
  if (!status.isFile()) {
    const what = `the extent ${JSON.stringify(path.basename(target))}, which is no plain file`;
    throw refuse(name, { kind: 'reference', what });
  }
  if (status.size < neededBytes) {
    throw refuse(target, { kind: 'damaged', what: `${status.size} bytes of ${neededBytes}` });
  }
  const start = await withFile(target, (file) => readAt(file, 0, 512));
  if (start.toString('latin1', 0, 4) !== 'KDMV') return;
  const place = parseVmdkHeader(start);
  if ('kind' in place) throw refuse(target, place);
  // A shell inside an extent would name further files.
  if (place.isShell) throw refuse(target, { kind: 'reference', what: 'extents of an extent' });
};

const checkFooter = async (name: string): Promise<void> => {
  const { footer, size } = await withFile(name, async (file) => {
    const { size } = await file.stat();
    const at = Math.max(0, size - VHD_FOOTER_BYTES);
    return { footer: await readAt(file, at, VHD_FOOTER_BYTES), size };
  });
  // A dynamic disk has a copy at its start, so that qemu-img would take one that is cut short.
  if (!isVhdFooter(footer)) {
    const what = `no footer in the last ${VHD_FOOTER_BYTES} of ${size} bytes`;
    throw refuse(name, { kind: 'damaged', what });
  }
  const problem = checkVhd(footer);
  if (problem !== undefined) throw refuse(name, problem);
};

/**
 * Refuses an image that takes bytes from files of its own choosing, before any program opens it, and
 * gives the files that it consists of: itself and a VMDK's extents beside it.
 * @throws {NacreError} CONVERT_REFERS_ELSEWHERE, CONVERT_UNSUPPORTED, CONVERT_SOURCE_DAMAGED.
 */
export const checkImageReferences = async (
  name: string,
  format: QemuFormat,
): Promise<readonly string[]> => {
  if (format === 'vmdk') return [name, ...(await checkVmdk(name))];
  if (format === 'vhd') await checkFooter(name);
  if (format === 'qcow2') {
    const problem = checkQcow2(await withFile(name, (file) => readAt(file, 0, HEADER_BYTES)));
    if (problem !== undefined) throw refuse(name, problem);
  }
  return [name];
};

/** Size of the disk inside an image, bytes. A second look at references with qemu-img's own eyes. */
export const readVirtualSize = async (
  name: string,
  format: QemuFormat,
  signal?: AbortSignal,
): Promise<number> => {
  const args = ['info', '-f', DRIVERS[format], '--output=json', path.resolve(name)];
  const { stdout } = await runTool('qemu-img', args, { signal });
  const info: unknown = JSON.parse(stdout);
  if (typeof info !== 'object' || info === null || !('virtual-size' in info)) {
    throw new TypeError('qemu-img info gave no virtual size');
  }
  if ('backing-filename' in info || 'full-backing-filename' in info) {
    throw refuse(name, { kind: 'reference', what: 'a backing file' });
  }
  if ('encrypted' in info && info.encrypted === true) {
    throw refuse(name, { kind: 'unsupported', what: 'encryption' });
  }
  return Number(info['virtual-size']);
};

/** Bytes of the disk that hold data, by qemu-img's map: what a sparse raw file of it takes. */
export const readDataBytes = async (
  name: string,
  format: QemuFormat,
  signal?: AbortSignal,
): Promise<number> => {
  // The map of a large disk is long: it is added up line by line, an extent each.
  const args = ['map', '-f', DRIVERS[format], '--output=json', path.resolve(name)];
  const child = spawn('qemu-img', args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: TOOL_ENVIRONMENT,
    signal,
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  let dataBytes = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const length = /"length": (\d+).*"zero": false/.exec(line)?.[1];
    if (length !== undefined) dataBytes += Number(length);
  }
  const [exitCode] = await closed;
  // A damaged map is told by the conversion that follows, with its reason.
  return exitCode === 0 ? dataBytes : 0;
};

const NO_CHECK_FOR_FORMAT = 63;
const LEAKS_ONLY = 3;

/**
 * Lets qemu-img look whether an image is whole. It reads beyond the end of a file as zeros, so a file that
 * was cut short would otherwise become a disk of zeros.
 * @throws {NacreError} CONVERT_SOURCE_DAMAGED.
 */
export const checkImageWhole = async (
  name: string,
  format: QemuFormat,
  signal?: AbortSignal,
): Promise<void> => {
  const { size } = await stat(name);
  // All of them are written in whole sectors, but for the text of a VMDK descriptor.
  if (format !== 'vmdk' && size % 512 !== 0) {
    throw refuse(name, { kind: 'damaged', what: `${size} bytes are no whole sectors` });
  }
  const args = ['check', '-q', '-f', DRIVERS[format], path.resolve(name)];
  const accept = [0, 1, 2, LEAKS_ONLY, NO_CHECK_FOR_FORMAT];
  const { exitCode, stdout, stderr } = await runTool('qemu-img', args, { accept, signal });
  if (exitCode !== 1 && exitCode !== 2) return;
  const what = (stderr || stdout).split('\n')[0] ?? 'qemu-img check failed';
  throw refuse(name, { kind: 'damaged', what });
};

/** One run of qemu-img convert. Both files are named by the caller, and both formats are fixed. */
export interface QemuConversion {
  readonly source: string;
  readonly sourceFormat: QemuFormat;
  /** A new file. */
  readonly target: string;
  readonly targetFormat: 'raw' | 'qcow2';
  readonly signal?: AbortSignal | undefined;
}

/** @throws {NacreError} TOOL_FAILED with qemu-img's own words, TOOL_MISSING. */
export const qemuConvert = async (conversion: QemuConversion): Promise<void> => {
  const { source, sourceFormat, target, targetFormat, signal } = conversion;
  const formats = ['-f', DRIVERS[sourceFormat], '-O', targetFormat];
  const files = [path.resolve(source), path.resolve(target)];
  await runTool('qemu-img', ['convert', '-S', '4k', ...formats, ...files], { signal });
};

/**
 * Reads both disks and compares every byte of the guest's view.
 * @throws {NacreError} CONVERT_DIFFERS, TOOL_FAILED.
 */
export const qemuCompare = async (conversion: QemuConversion): Promise<void> => {
  const { source, sourceFormat, target, targetFormat, signal } = conversion;
  const formats = ['-f', DRIVERS[sourceFormat], '-F', targetFormat];
  const files = [path.resolve(source), path.resolve(target)];
  const accept = [0, 1];
  const result = await runTool('qemu-img', ['compare', ...formats, ...files], { accept, signal });
  if (result.exitCode === 1) {
    throw new NacreError('CONVERT_DIFFERS', { source, target, reason: result.stdout });
  }
};
