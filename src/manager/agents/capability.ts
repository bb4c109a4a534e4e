/**
 * What lets a device read the image store: a part of the store's address that names the device and an end, sealed by a key of all
 * managers on one data base. The reader of stores behind web servers needs nothing else.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 16;
const TIME_BYTES = 4;
const SEAL_BYTES = 32;
const HEAD_BYTES = ID_BYTES + TIME_BYTES;
const TEXT = /^[\w-]{70}$/;

/** A device has so long at least; the end is rounded up, so that the address stays the same for a while. */
const LEAST_SECONDS = 2 * 24 * 60 * 60;
const ROUND_SECONDS = 6 * 60 * 60;

/** The key that seals: made of the key for jobs, which all managers on a data base have. */
export const capabilityKey = (jobsPem: string): Buffer =>
  Buffer.from(hkdfSync('sha256', jobsPem, '', 'nacre store capability', SEAL_BYTES));

const sealOf = (key: Buffer, head: Buffer): Buffer =>
  createHmac('sha256', key).update(head).digest();

/** @param device a UUID */
export const makeCapability = (key: Buffer, device: string, now: Date): string => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(device.replaceAll('-', ''), 'hex');
  const least = now.getTime() / 1000 + LEAST_SECONDS;
  head.writeUInt32BE(Math.ceil(least / ROUND_SECONDS) * ROUND_SECONDS, ID_BYTES);
  return Buffer.concat([head, sealOf(key, head)]).toString('base64url');
};

/** The device that a text lets in; undefined for one that nobody sealed, or that has ended. */
export const deviceOfCapability = (key: Buffer, text: string, now: Date): string | undefined => {
  if (!TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const head = bytes.subarray(0, HEAD_BYTES);
  const seal = bytes.subarray(HEAD_BYTES);
  if (seal.length !== SEAL_BYTES || !timingSafeEqual(seal, sealOf(key, head))) return undefined;
  if (head.readUInt32BE(ID_BYTES) * 1000 <= now.getTime()) return undefined;
  const digits = head.toString('hex', 0, ID_BYTES);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
