/** TFTP: any datagram is understood or malformed, what is understood is written back, and terms stay within their limits. */
import assert from 'node:assert/strict';
import { parseTftpPacket, serializeTftpPacket } from '../../src/codec/tftp.ts';
import { contentReader } from '../../src/codec/tftp-content.ts';
import { negotiateOptions, WINDOW_LIMIT } from '../../src/codec/tftp-options.ts';

const OFFER = { sizeBytes: 12_345, blockLimitBytes: 1468 };

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] =>
  [
    '\0\x01boot.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0',
    '\0\x01/grub/grub.cfg\0netascii\0BLKSIZE\x001024\0timeout\x006\0',
    '\0\x02f\0octet\0',
    '\0\x03\0\x01content\r\n\r\n',
    '\0\x04\0\x01',
    '\0\x05\0\x08User aborted the transfer\0',
    '\0\x06tsize\x0012345\0blksize\x001468\0',
  ].map((text) => Buffer.from(text, 'latin1'));

const checkTerms = (packet: ReturnType<typeof parseTftpPacket>): void => {
  if (packet.kind !== 'read-request') return;
  assert(packet.options.length <= 16);
  const terms = negotiateOptions(packet, OFFER);
  assert(terms.blockBytes >= 8 && terms.blockBytes <= OFFER.blockLimitBytes);
  assert(terms.windowBlocks >= 1 && terms.windowBlocks <= WINDOW_LIMIT);
  assert(terms.accepted.length <= 4);
  const again = negotiateOptions({ mode: 'octet', options: terms.accepted }, OFFER);
  assert.deepEqual(again.accepted, terms.accepted);
};

const checkNetascii = (content: Uint8Array): void => {
  const wire = new Uint8Array(content.length * 2 + 1);
  const length = contentReader(content, 'netascii')(wire);
  const text = Buffer.from(wire.subarray(0, length)).toString('latin1');
  const back = text.replace(/\r\n|\r\0/g, (pair) => (pair === '\r\n' ? '\n' : '\r'));
  assert.deepEqual(Buffer.from(back, 'latin1'), Buffer.from(content));
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const packet = parseTftpPacket(bytes);
  if (packet.kind === 'malformed') {
    const isRequest = bytes.length >= 2 && bytes[0] === 0 && bytes[1] === 1;
    assert.equal(packet.answer === 'illegal-operation', isRequest);
  } else if (packet.kind !== 'write-request') {
    const written = serializeTftpPacket(packet);
    if (packet.kind === 'data') assert.deepEqual(Buffer.from(written), Buffer.from(bytes));
    else assert.deepEqual(parseTftpPacket(written), packet);
  }
  checkTerms(packet);
  checkNetascii(bytes);
};
