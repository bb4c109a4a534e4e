import test from 'ava';
import type { TftpOption, TransferMode } from '../../src/codec/tftp.ts';
import { negotiateOptions } from '../../src/codec/tftp-options.ts';

const OFFER = { sizeBytes: 70_000, blockLimitBytes: 1468 };

/** `a=1 b=2` as options, with an empty value for `a=`. */
const options = (text: string): readonly TftpOption[] =>
  text
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return { name: pair.slice(0, at), value: pair.slice(at + 1) };
    });

const written = (accepted: readonly TftpOption[]): string =>
  accepted.map(({ name, value }) => `${name}=${value}`).join(' ');

const ROWS: readonly (readonly [asked: string, accepted: string])[] = [
  ['', ''],
  ['blksize=0', ''],
  ['blksize=7', ''],
  ['blksize=8', 'blksize=8'],
  ['blksize=512', 'blksize=512'],
  ['blksize=1468', 'blksize=1468'],
  ['blksize=1469', 'blksize=1468'],
  ['blksize=65464', 'blksize=1468'],
  ['blksize=65465', 'blksize=1468'],
  ['blksize=100000000000', 'blksize=1468'],
  [`blksize=${'9'.repeat(400)}`, 'blksize=1468'],
  ['blksize=-1', ''],
  ['blksize=abc', ''],
  ['blksize=', ''],
  ['blksize=1000xyz', ''],
  ['blksize=0x400', ''],
  ['blksize=1e3', ''],
  ['blksize=1000.0', ''],
  ['BLKSIZE=1000', 'BLKSIZE=1000'],
  ['blksize=1000 blksize=600', 'blksize=1000'],
  ['blksize=abc BlkSize=600', ''],
  ['windowsize=0', ''],
  ['windowsize=1', 'windowsize=1'],
  ['windowsize=64', 'windowsize=64'],
  ['windowsize=65', 'windowsize=64'],
  ['windowsize=65535', 'windowsize=64'],
  ['windowsize=65536', ''],
  ['windowsize=abc', ''],
  ['timeout=0', ''],
  ['timeout=1', 'timeout=1'],
  ['timeout=255', 'timeout=255'],
  ['timeout=256', ''],
  ['tsize=0', 'tsize=70000'],
  ['tsize=-1', 'tsize=70000'],
  ['tsize=', 'tsize=70000'],
  ['multicast= foo=bar constructor=1 __proto__=1', ''],
  ['tsize=0 blksize=1432', 'tsize=70000 blksize=1432'],
  ['windowsize=4 foo=1 blksize=9000', 'windowsize=4 blksize=1468'],
];

for (const [asked, accepted] of ROWS) {
  test(`${asked.slice(0, 60) || 'no option'}: accepted is ${accepted || 'nothing'}`, (t) => {
    const terms = negotiateOptions({ mode: 'octet', options: options(asked) }, OFFER);
    t.is(written(terms.accepted), accepted);
  });
}

test('terms are those that were accepted, and those of RFC 1350 for the rest', (t) => {
  const agree = (asked: string, mode: TransferMode = 'octet') =>
    negotiateOptions({ mode, options: options(asked) }, OFFER);
  t.like(agree(''), {
    blockBytes: 512,
    windowBlocks: 1,
    timeoutSeconds: undefined,
    isSizeTold: false,
  });
  t.like(agree('BLKSIZE=9000 windowsize=100 timeout=3 tsize=7'), {
    blockBytes: 1468,
    windowBlocks: 64,
    timeoutSeconds: 3,
    isSizeTold: true,
  });
  t.like(agree('blksize=7 windowsize=0 timeout=0'), { blockBytes: 512, windowBlocks: 1 });
});

test('the size of an empty file is not told', (t) => {
  const request = { mode: 'octet', options: options('tsize=0 blksize=600') } as const;
  t.is(written(negotiateOptions(request, { ...OFFER, sizeBytes: 0 }).accepted), 'blksize=600');
});

test('in netascii no size is told', (t) => {
  const request = { mode: 'netascii', options: options('tsize=0 blksize=600') } as const;
  const terms = negotiateOptions(request, OFFER);
  t.is(written(terms.accepted), 'blksize=600');
  t.false(terms.isSizeTold);
});
