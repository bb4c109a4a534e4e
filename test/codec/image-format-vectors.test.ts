// The example of docs/image-format.md: fixture, document and code say the same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { serializeGenerationRecord } from '../../src/codec/generation-record.ts';
import { toHex } from '../../src/codec/hex.ts';
import { parseManifest, serializeManifest } from '../../src/codec/manifest.ts';
import {
  parsePackFooter,
  parsePackHeader,
  parsePackIndex,
  serializePackFooter,
  serializePackHeader,
  serializePackIndex,
} from '../../src/codec/pack.ts';
import {
  EXAMPLE_FRAME,
  exampleDigests,
  exampleFrameRecord,
  exampleManifest,
  exampleRecord,
  sha256,
} from '../helpers/sample-image.ts';

const { UPDATE_FIXTURES } = process.env;
const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/image-format');
const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/image-format.md');

/** Lines of 32 bytes with their offset, as in the document. */
const dump = (bytes: Uint8Array): string =>
  Array.from({ length: Math.ceil(bytes.length / 32) }, (_, line) => {
    const part = toHex(bytes.subarray(line * 32, line * 32 + 32));
    return `${(line * 32).toString(16).padStart(4, '0')}  ${part.replace(/(.{16})(?=.)/g, '$1 ')}\n`;
  }).join('');

const undump = (text: string): Uint8Array =>
  Buffer.from(text.replace(/^[0-9a-f]{4} {2}/gm, '').replace(/\s/g, ''), 'hex');

const examplePack = (): Uint8Array => {
  const index = serializePackIndex({
    algorithm: 2,
    frameCap: 4,
    frames: exampleFrameRecord(),
    digests: exampleDigests(),
  });
  const footer = serializePackFooter({
    indexOffset: 32 + EXAMPLE_FRAME.length,
    indexLength: index.length,
    indexDigest: sha256(index),
  });
  return Buffer.concat([serializePackHeader(), EXAMPLE_FRAME, index, footer]);
};

const EXAMPLES = [
  ['example.manifest.txt', serializeManifest(exampleManifest())],
  ['example.pack.txt', examplePack()],
  ['example.record.txt', serializeGenerationRecord(exampleRecord(), sha256)],
] as const;

for (const [name, bytes] of EXAMPLES) {
  test(`${name} holds the bytes that this version writes, and so does the document`, (t) => {
    const file = path.join(FIXTURES, name);
    if (UPDATE_FIXTURES === '1') writeFileSync(file, dump(bytes));
    const text = readFileSync(file, 'utf8');
    t.is(text, dump(bytes));
    t.true(readFileSync(DOCUMENT, 'utf8').includes(text), 'docs/image-format.md');
  });
}

test('the example is read from its fixture', (t) => {
  const manifest = parseManifest(undump(readFileSync(path.join(FIXTURES, EXAMPLES[0][0]), 'utf8')));
  t.is(manifest.name, 'example');
  t.is(toHex(manifest.partitions[0]?.digests ?? new Uint8Array()), toHex(exampleDigests()));
  const pack = undump(readFileSync(path.join(FIXTURES, EXAMPLES[1][0]), 'utf8'));
  parsePackHeader(pack);
  const footer = parsePackFooter(pack.subarray(-64), pack.length);
  const index = pack.subarray(footer.indexOffset, footer.indexOffset + footer.indexLength);
  t.is(toHex(footer.indexDigest), toHex(sha256(index)));
  t.is(toHex(parsePackIndex(index, footer.indexOffset).digests), toHex(exampleDigests()));
});
