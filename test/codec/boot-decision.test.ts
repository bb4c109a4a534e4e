import test from 'ava';
import { currentBlock, decideBoot, decideBootOf } from '../../src/codec/boot-decision.ts';
import { type GrubBlock, serializeGrubBlock } from '../../src/codec/grub-block.ts';

const block = (change: Partial<GrubBlock>): GrubBlock => ({
  sequence: 7,
  mode: 'os',
  isDirty: false,
  osTries: undefined,
  merlinTries: 3,
  cmdid: '42',
  status: '',
  ...change,
});

type Row = readonly [
  state: Partial<GrubBlock>,
  boots: string,
  why: string,
  stored: Partial<GrubBlock> | undefined,
];

const ROWS: readonly Row[] = [
  [{}, 'os', 'normal', undefined],
  [{ osTries: 3 }, 'os', 'normal', { osTries: 2 }],
  [{ osTries: 1 }, 'os', 'normal', { osTries: 0 }],
  [{ osTries: 0 }, 'merlin', 'os-failed', { merlinTries: 2 }],
  [{ osTries: 0, merlinTries: 0 }, 'stop', 'merlin-failed', undefined],
  [{ isDirty: true }, 'merlin', 'dirty', { merlinTries: 2 }],
  [{ isDirty: true, osTries: 3, merlinTries: 1 }, 'merlin', 'dirty', { merlinTries: 0 }],
  [{ isDirty: true, merlinTries: 0 }, 'stop', 'merlin-failed', undefined],
  [{ mode: 'merlin' }, 'merlin', 'job', { merlinTries: 2 }],
  [{ mode: 'merlin', merlinTries: 0 }, 'os', 'merlin-failed', undefined],
  [{ mode: 'merlin', isDirty: true }, 'merlin', 'job', { merlinTries: 2 }],
  [{ mode: 'merlin', isDirty: true, merlinTries: 0 }, 'stop', 'merlin-failed', undefined],
  [{ mode: 'rescue' }, 'rescue', 'rescue', { merlinTries: 2 }],
  [{ mode: 'rescue', merlinTries: 0 }, 'os', 'merlin-failed', undefined],
  [{ mode: 'rescue', isDirty: true, merlinTries: 0 }, 'stop', 'merlin-failed', undefined],
];

for (const [state, boots, why, stored] of ROWS) {
  test(`${JSON.stringify(state)} boots ${boots}`, (t) => {
    const change = stored === undefined ? undefined : { ...block(state), ...stored };
    t.deepEqual(decideBoot(block(state)), { boots, why, stored: change } as never);
  });
}

test('a dirty disk never boots its OS, whatever else the block says', (t) => {
  for (const mode of ['os', 'merlin', 'rescue'] as const)
    for (const osTries of [undefined, 0, 1, 2, 3])
      for (const merlinTries of [0, 1, 2, 3])
        t.not(decideBoot(block({ mode, osTries, merlinTries, isDirty: true })).boots, 'os');
});

test('no state boots the same thing for ever without a report: every counted start counts down', (t) => {
  for (const mode of ['os', 'merlin', 'rescue'] as const)
    for (const isDirty of [false, true]) {
      let state = block({ mode, isDirty, osTries: 3 });
      let starts = 0;
      for (; starts < 20; starts++) {
        const { stored } = decideBoot(state);
        if (stored === undefined) break;
        state = stored;
      }
      t.true(starts <= 6, `${mode} ${isDirty}`);
    }
});

test('the newest readable block counts', (t) => {
  const older = serializeGrubBlock(block({ sequence: 1 }));
  const newer = serializeGrubBlock(block({ sequence: 2, mode: 'merlin' }));
  const torn = Buffer.alloc(512, 0x5a);
  t.is(currentBlock(newer, older)?.slot, 'conf');
  t.is(currentBlock(older, newer)?.slot, 'alt');
  t.is(currentBlock(newer, newer)?.slot, 'conf');
  t.is(currentBlock(torn, older)?.slot, 'alt');
  t.is(currentBlock(older, undefined)?.slot, 'conf');
  t.is(currentBlock(torn, torn), undefined);
  t.like(decideBootOf(older, newer), { boots: 'merlin', slot: 'alt' });
});

test('without a readable block Merlin starts, and nothing is stored over it', (t) => {
  t.deepEqual(decideBootOf(undefined, Buffer.alloc(512)), {
    boots: 'merlin',
    why: 'unreadable',
    slot: undefined,
    stored: undefined,
  });
});
