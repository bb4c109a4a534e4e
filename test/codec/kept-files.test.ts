import test from 'ava';
import {
  KEPT_LIST_LIMIT_BYTES,
  type KeptFile,
  parseKeptFiles,
  serializeKeptFiles,
} from '../../src/codec/kept-files.ts';

const FILE: KeptFile = {
  path: 'etc/フォルダー/hostname',
  sizeBytes: 5,
  sha256: 'ab'.repeat(32),
  mode: 0o600,
  owner: 0,
  group: 4294967294,
};
const REFUSED = { code: 'IMAGE_FORMAT' };

test('kept files come back', (t) => {
  t.deepEqual(parseKeptFiles(serializeKeptFiles([])), []);
  t.deepEqual(parseKeptFiles(serializeKeptFiles([FILE])), [FILE]);
});

test('a list that is cut off, too long or wrong is refused', (t) => {
  const bytes = serializeKeptFiles([FILE]);
  // The line feed at the end may be missing.
  for (let length = 0; length < bytes.length - 1; length++)
    t.throws(() => parseKeptFiles(bytes.subarray(0, length)), REFUSED);
  for (const wrong of [
    ...['', '/etc/passwd', 'etc//passwd', '../passwd', 'etc/./x', 'etc/', 'a\0b'].map((path) => ({
      path,
    })),
    { path: 'a'.repeat(1025) },
    { sizeBytes: -1 },
    { sizeBytes: 2 ** 32 },
    { sizeBytes: 1.5 },
    { sha256: 'AB'.repeat(32) },
    { sha256: 'ab' },
    { mode: 0o10000 },
    { owner: -1 },
    { group: 2 ** 32 - 1 },
  ]) {
    const files = [{ ...FILE, ...wrong }];
    t.throws(() => parseKeptFiles(Buffer.from(JSON.stringify({ format: 1, files }))), REFUSED);
    t.throws(() => serializeKeptFiles(files), REFUSED);
  }
  t.throws(() => parseKeptFiles(Buffer.from('{"format":2,"files":[]}')), REFUSED);
  t.throws(() => parseKeptFiles(Buffer.alloc(KEPT_LIST_LIMIT_BYTES + 1, ' ')), REFUSED);
  t.throws(() => serializeKeptFiles(Array.from({ length: 4097 }, () => FILE)), REFUSED);
});
