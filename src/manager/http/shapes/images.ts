/** Versions of images, labels, bin and space as they go over the wire. */
import * as z from 'zod';
import { IMAGE_NAME } from '../../../codec/image-name.ts';
import { packageName } from './packages.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const idPrefix = z.string().regex(/^[0-9a-f]{8,64}$/);
const label = z.string().regex(IMAGE_NAME);
const time = z.iso.datetime();
/** IMAGE of the command line: NAME, NAME@ID, NAME:LABEL. */
const image = z.string().min(1).max(256);

const MOST_FILES = 10_000;
const DEFAULT_FILES = 1000;

export const imagePath = z.strictObject({ name: packageName });
export const versionPath = z.strictObject({ name: packageName, id: idPrefix });
export const labelPath = z.strictObject({ name: packageName, label });
export const treeQuery = z.strictObject({
  bin: z.stringbool().default(false).describe('Also versions in the bin'),
});

export const versionsShape = z.object({
  name: packageName,
  versions: z.array(
    z.object({
      id: digest,
      parent: digest.nullable(),
      parentImage: z.string().nullable().describe('A branch has its parent in another image'),
      parentState: z.enum(['here', 'bin', 'gone']).nullable(),
      title: z.string(),
      comment: z.string(),
      creator: z.string(),
      terminal: z.string().nullable().describe('The device that it was captured from, if of ours'),
      machines: z.array(z.string()).readonly(),
      createdAt: time,
      diskBytes: z.int(),
      usedBytes: z.int(),
      changedChunks: z.int().nullable().describe('Over the parent; null where that is gone'),
      changedBytes: z.int().nullable(),
      labels: z.array(z.string()).readonly(),
      signatures: z.int(),
      removedAt: time.nullable().describe('Of a version in the bin'),
      usedBy: z.object({
        devices: z.array(z.string()).readonly(),
        groups: z.array(z.string()).readonly(),
        jobs: z.array(z.string()).readonly(),
      }),
    }),
  ),
});

export const labelsShape = z.object({
  name: packageName,
  labels: z.array(
    z.object({
      label,
      id: digest.nullable(),
      earlier: digest.nullable().describe('Where a roll-back brings it'),
      history: z.array(z.object({ id: digest.nullable(), at: time })).readonly(),
    }),
  ),
});
export const labelMove = z.strictObject({ version: idPrefix });
export const resolvedShape = z.object({
  name: packageName,
  id: digest,
  labels: z.array(z.string()).readonly(),
});

export const branchWish = z.strictObject({
  name: packageName,
  from: image,
  title: z.string().max(256).optional(),
  comment: z.string().max(16_384).optional(),
});
export const branchShape = z.object({
  name: packageName,
  id: digest,
  parent: digest.nullable(),
  createdAt: time,
});

export const binShape = z.object({
  versions: z.array(
    z.object({
      name: packageName,
      id: digest,
      parent: digest.nullable(),
      comment: z.string(),
      createdAt: time,
      removedAt: time,
      labels: z.array(z.string()).readonly(),
    }),
  ),
});
export const binRestore = z.strictObject({ image });
export const binEmptied = z.object({ droppedVersions: z.int() });

const sharedSpace = z.object({ name: z.string(), bytes: z.int() });
export const spaceShape = z.object({
  packBytes: z.int(),
  neededBytes: z.int(),
  unneededBytes: z.int(),
  binBytes: z.int().describe('Freed if the bin were emptied'),
  gcBytes: z.int().describe('Freed by a collection now'),
  kept: z
    .array(z.object({ reason: z.enum(['pack', 'held']), packs: z.int(), bytes: z.int() }))
    .readonly(),
  images: z
    .array(
      z.object({
        name: packageName,
        storedBytes: z.int(),
        ownBytes: z.int().describe('Freed if the image went'),
        versions: z
          .array(
            z.object({
              id: digest,
              createdAt: time,
              labels: z.array(z.string()).readonly(),
              isInBin: z.boolean(),
              storedBytes: z.int(),
              ownBytes: z.int().describe('Freed if the version alone went'),
              sharedWith: z.array(sharedSpace).readonly(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});
export const collectionWish = z.strictObject({ dryRun: z.boolean().default(false) });
export const collectionShape = z.object({
  freedBytes: z.int(),
  deletedPacks: z.int(),
  rewrittenPacks: z.int(),
  deletedVersions: z.int(),
});

export const differenceQuery = z.strictObject({
  from: image,
  to: image,
  files: z.stringbool().default(false).describe('Also files, read from the chunks of both'),
  most: z.coerce
    .number()
    .int()
    .min(0)
    .max(MOST_FILES)
    .default(DEFAULT_FILES)
    .describe('Files that are told one by one in each partition; all are counted'),
});

const fileShape = z.object({
  change: z.enum(['added', 'removed', 'changed', 'renamed']),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  path: z.string(),
  from: z.string().optional(),
  what: z.array(z.enum(['size', 'time', 'owner'])).readonly(),
  sizeBytes: z.number().optional(),
  sizeBeforeBytes: z.number().optional(),
  modifiedAt: z.string().optional(),
  modifiedBeforeAt: z.string().optional(),
});
const partition = { partition: z.int(), fileSystem: z.string() };
const partitionFiles = z.union([
  z.object({
    ...partition,
    isCompared: z.literal(true),
    ...{ added: z.int(), removed: z.int(), changed: z.int(), renamed: z.int(), leftOut: z.int() },
    ...{ addedBytes: z.number(), removedBytes: z.number(), changedBytes: z.number() },
    files: z.array(fileShape).readonly(),
  }),
  z.object({
    ...partition,
    isCompared: z.literal(false),
    reason: z.enum(['other', 'alone', 'failed']),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
]);
export const differenceShape = z.object({
  chunks: z.int(),
  bytes: z.int(),
  perPartition: z.array(z.object({ number: z.int(), chunks: z.int(), bytes: z.int() })).readonly(),
  files: z
    .object({ partitions: z.array(partitionFiles).readonly(), readBytes: z.int() })
    .optional(),
});
