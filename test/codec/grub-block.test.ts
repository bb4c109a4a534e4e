import test from 'ava';
import {
  GRUB_BLOCK_BYTES,
  type GrubBlock,
  LAST_SEQUENCE,
  parseGrubBlock,
  serializeGrubBlock,
} from '../../src/codec/grub-block.ts';

const BLOCK: GrubBlock = {
  sequence: 41,
  mode: 'merlin',
  isDirty: true,
  osTries: 3,
  merlinTries: 2,
  cmdid: '0f8e3c1a-7d55-4c0b-9a6e-2f1b7c9d0e11',
  status: '',
};

const TEXT = `# GRUB Environment Block
seq=41
mode=merlin
dirty=1
ot=3
mt=2
cmdid=0f8e3c1a-7d55-4c0b-9a6e-2f1b7c9d0e11
status=
end=1
`;

const bytesOf = (text: string): Buffer => Buffer.from(text.padEnd(GRUB_BLOCK_BYTES, '#'), 'latin1');

test('a block is the text that GRUB reads, filled up to its sector', (t) => {
  const bytes = serializeGrubBlock(BLOCK);
  t.is(bytes.length, GRUB_BLOCK_BYTES);
  t.is(bytes.toString('latin1'), TEXT.padEnd(GRUB_BLOCK_BYTES, '#'));
});

for (const change of [
  {},
  { mode: 'os', isDirty: false, osTries: undefined },
  { mode: 'rescue', osTries: 0, merlinTries: 0 },
  { sequence: LAST_SEQUENCE, cmdid: 'x'.repeat(64), status: 'y'.repeat(64) },
  { sequence: 0, cmdid: '', status: 'failed:DISK_IO' },
] as const) {
  test(`a block with ${JSON.stringify(change)} is read as it was written`, (t) => {
    const block: GrubBlock = { ...BLOCK, ...change };
    t.deepEqual(parseGrubBlock(serializeGrubBlock(block)), block);
  });
}

test('a file that is longer than its block is read by its first 512 bytes', (t) => {
  t.deepEqual(parseGrubBlock(Buffer.concat([bytesOf(TEXT), Buffer.alloc(512, '#')])), BLOCK);
});

test('a variable that GRUB unset is missing: the OS is not counted, the rest is needed', (t) => {
  t.is(parseGrubBlock(bytesOf(TEXT.replace('ot=3\n', ''))).osTries, undefined);
  t.is(parseGrubBlock(bytesOf(TEXT.replace('cmdid=0f8e', '').replace(/^3c1a.*\n/m, ''))).cmdid, '');
  for (const line of ['seq=41\n', 'mode=merlin\n', 'dirty=1\n', 'mt=2\n', 'end=1\n'])
    t.throws(() => parseGrubBlock(bytesOf(TEXT.replace(line, ''))), { code: 'BOOT_BLOCK_INVALID' });
});

test('keys of a later version are passed over', (t) => {
  t.deepEqual(parseGrubBlock(bytesOf(TEXT.replace('status=', 'later=1\n\nstatus='))), BLOCK);
});

test('a block of any shorter length is refused', (t) => {
  const bytes = serializeGrubBlock(BLOCK);
  for (let length = 0; length < GRUB_BLOCK_BYTES; length++)
    t.throws(() => parseGrubBlock(bytes.subarray(0, length)), { code: 'BOOT_BLOCK_INVALID' });
});

test('a block whose end was never written is refused', (t) => {
  const bytes = serializeGrubBlock(BLOCK);
  for (let length = 0; length < TEXT.length; length++) {
    const cut = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(512 - length, '#')]);
    t.throws(() => parseGrubBlock(cut), { code: 'BOOT_BLOCK_INVALID' }, `${length}`);
  }
});

for (const [field, from, to] of [
  ['header', '# GRUB', '# grub'],
  ['header', 'Block\n', 'Block\r\n'],
  ['seq', 'seq=41', 'seq=1000000000'],
  ['seq', 'seq=41', 'seq=-1'],
  ['seq', 'seq=41', 'seq=041'],
  ['mode', 'mode=merlin', 'mode=OS'],
  ['dirty', 'dirty=1', 'dirty=2'],
  ['ot', 'ot=3', 'ot=4'],
  ['mt', 'mt=2', 'mt=9'],
  ['cmdid', 'cmdid=0f', 'cmdid=0 f'],
  ['status', 'status=', 'status=a\\b'],
  ['end', 'end=1', 'end=0'],
  ['mode', 'status=', 'mode='],
] as const) {
  test(`a block with ${JSON.stringify(to)} instead of ${JSON.stringify(from)} is refused for its ${field}`, (t) => {
    const error = t.throws(() => parseGrubBlock(bytesOf(TEXT.replace(from, to))), {
      code: 'BOOT_BLOCK_INVALID',
    });
    t.like(error, { facts: { field } });
  });
}

test('a value that a block cannot hold is not written', (t) => {
  for (const change of [{ cmdid: 'two words' }, { sequence: 2 ** 31 }, { merlinTries: 4 }])
    t.throws(() => serializeGrubBlock({ ...BLOCK, ...change }));
});
