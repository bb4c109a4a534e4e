import test from 'ava';
import type { TransferMode } from '../../src/codec/tftp.ts';
import { contentReader } from '../../src/codec/tftp-content.ts';
import { Random } from '../helpers/random.ts';

/** Everything a reader gives, in blocks of so many bytes. */
const readAll = (content: Uint8Array, mode: TransferMode, blockBytes: number): Buffer => {
  const read = contentReader(content, mode);
  const parts: Uint8Array[] = [];
  for (;;) {
    const block = new Uint8Array(blockBytes);
    const length = read(block);
    parts.push(block.subarray(0, length));
    if (length < blockBytes) break;
  }
  return Buffer.concat(parts);
};

/** What a receiver makes of netascii: CR LF is a line feed, CR NUL a CR. */
const fromNetascii = (wire: Buffer): Buffer =>
  Buffer.from(
    wire.toString('latin1').replace(/\r\n|\r\0/g, (pair) => (pair === '\r\n' ? '\n' : '\r')),
    'latin1',
  );

for (const [content, wire] of [
  ['', ''],
  ['plain', 'plain'],
  ['a\nb\r\n', 'a\r\nb\r\0\r\n'],
  ['\r', '\r\0'],
  ['\n\n', '\r\n\r\n'],
  ['\0\xff', '\0\xff'],
] as const) {
  test(`${JSON.stringify(content)} is ${JSON.stringify(wire)} in netascii, whatever the size of blocks`, (t) => {
    for (let blockBytes = 1; blockBytes <= 12; blockBytes++) {
      const bytes = Buffer.from(content, 'latin1');
      t.is(readAll(bytes, 'netascii', blockBytes).toString('latin1'), wire);
      t.is(readAll(bytes, 'octet', blockBytes).toString('latin1'), content);
    }
  });
}

test('any content comes back from octet and from netascii', (t) => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const content = Buffer.from(random.bytes(random.below(2000)).map((byte) => byte & 0x1f));
    const blockBytes = 8 + random.below(600);
    t.deepEqual(readAll(content, 'octet', blockBytes), content);
    t.deepEqual(fromNetascii(readAll(content, 'netascii', blockBytes)), content);
  }
});

test('a reader that came to the end gives nothing more', (t) => {
  for (const mode of ['octet', 'netascii'] as const) {
    const read = contentReader(Buffer.from('abc\n'), mode);
    t.true(read(new Uint8Array(8)) < 8);
    t.is(read(new Uint8Array(8)), 0);
    t.is(read(new Uint8Array(8)), 0);
  }
});
