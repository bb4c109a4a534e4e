/** Entries of folders: taken or refused, and what was taken is a tree without loops. */
import assert from 'node:assert/strict';
import { VolumeTree } from '../../src/codec/volume-tree.ts';
import { isNacreError } from '../../src/errors.ts';

const entry = (parent: number, kind: number, name: string): Buffer => {
  const head = Buffer.alloc(7);
  head.writeUInt32LE(parent);
  head.writeUInt8(kind, 4);
  head.writeUInt16LE(name.length, 5);
  return Buffer.concat([head, Buffer.from(name), Buffer.alloc(44, 1)]);
};

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  Buffer.concat([entry(0, 1, 'folder'), entry(0, 0, 'file'), entry(1, 2, 'link')]),
  Buffer.concat([entry(0, 1, 'a'), entry(1, 1, 'b'), entry(2, 1, 'c'), entry(3, 0, 'd')]),
];

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const tree = new VolumeTree();
  try {
    tree.take(bytes);
  } catch (error) {
    if (!isNacreError(error, 'VOLUME_HELPER_FAILED')) throw error;
  }
  let children = 0;
  for (let number = 0; number <= tree.count; number++) {
    const { first, end } = tree.childrenOf(number);
    children += end - first;
    for (let child = first; child < end; child++) {
      assert.equal(tree.parentOf(child), number);
      assert.ok(child > number);
    }
  }
  assert.equal(children, tree.count);
};
