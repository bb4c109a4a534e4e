import test from 'ava';
import { VolumeTree } from '../../src/codec/volume-tree.ts';
import { isNacreError } from '../../src/errors.ts';

interface Given {
  readonly parent: number;
  readonly kind?: number;
  readonly name?: string;
}

const entry = ({ parent, kind = 0, name = 'n' }: Given): Buffer => {
  const text = Buffer.from(name);
  const head = Buffer.alloc(7);
  head.writeUInt32LE(parent);
  head.writeUInt8(kind, 4);
  head.writeUInt16LE(text.length, 5);
  const tail = Buffer.alloc(44);
  tail.writeBigUInt64LE(123n, 0);
  tail.writeBigInt64LE(-5n, 8);
  tail.writeBigUInt64LE(77n, 16);
  tail.writeBigUInt64LE(8n, 24);
  return Buffer.concat([head, text, tail]);
};

const treeOf = (...given: readonly Given[]): VolumeTree => {
  const tree = new VolumeTree();
  for (const one of given) tree.take(entry(one));
  return tree;
};

const isRefused = (work: () => unknown): boolean => {
  try {
    work();
    return false;
  } catch (reason) {
    return isNacreError(reason, 'VOLUME_HELPER_FAILED');
  }
};

test('entries keep their folder, name, size, time and identity', (t) => {
  const tree = treeOf(
    { parent: 0, kind: 1, name: '資料' },
    { parent: 0 },
    { parent: 1, name: 'x' },
  );
  t.is(tree.count, 3);
  t.deepEqual(tree.childrenOf(0), { first: 1, end: 3 });
  t.deepEqual(tree.childrenOf(1), { first: 3, end: 4 });
  t.deepEqual(tree.childrenOf(2), { first: 0, end: 0 });
  t.is(Buffer.from(tree.nameBytesOf(1)).toString(), '資料');
  t.deepEqual([tree.kindOf(1), tree.kindOf(3)], ['folder', 'file']);
  t.deepEqual([tree.parentOf(3), tree.sizeOf(3), tree.modifiedOf(3)], [1, 123, -5n]);
  t.is(tree.identityOf(3), '77:8');
});

test('many thousands of entries grow the columns', (t) => {
  const tree = new VolumeTree();
  const nameOf = (index: number): string => `name ${index} 長い名前`;
  const names = Array.from({ length: 5000 }, (_, index) => nameOf(index));
  tree.take(Buffer.concat(names.map((name) => entry({ parent: 0, name }))));
  t.is(tree.count, 5000);
  t.is(Buffer.from(tree.nameBytesOf(4321)).toString(), nameOf(4320));
  t.deepEqual(tree.childrenOf(0), { first: 1, end: 5001 });
});

test('an entry that is cut off is refused', (t) => {
  const whole = entry({ parent: 0, name: 'abc' });
  for (let length = 1; length < whole.length; length++) {
    t.true(
      isRefused(() => new VolumeTree().take(whole.subarray(0, length))),
      `${length}`,
    );
  }
});

test('an entry in a file, in one that comes later, or before its turn is refused', (t) => {
  t.true(isRefused(() => treeOf({ parent: 0 }, { parent: 1 })));
  t.true(isRefused(() => treeOf({ parent: 1, kind: 1 })));
  t.true(isRefused(() => treeOf({ parent: 0, kind: 4 })));
  const first = { parent: 0, kind: 1 };
  t.true(isRefused(() => treeOf(first, first, { parent: 2 }, { parent: 1 })));
});
