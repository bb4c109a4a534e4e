import test from 'ava';
import { BOOT_LIMIT_BYTES } from '../../src/codec/image-limits.ts';
import {
  type Manifest,
  type ManifestPartition,
  manifestLength,
  parseManifest,
  serializeManifest,
} from '../../src/codec/manifest.ts';
import { isNacreError, NacreError } from '../../src/errors.ts';
import { withNumber } from '../helpers/damage.ts';
import { Random } from '../helpers/random.ts';
import { exampleManifest, randomManifest, runRecord } from '../helpers/sample-image.ts';

const example = serializeManifest(exampleManifest());

const plain = (manifest: Manifest): unknown =>
  JSON.parse(
    JSON.stringify(manifest, (_, value: unknown) =>
      value instanceof Uint8Array || Buffer.isBuffer(value)
        ? Buffer.from(value).toString('hex')
        : value,
    ),
  );

const hexed = (manifest: Manifest): unknown => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    ...manifest,
    bootRegions: manifest.bootRegions.map((region) => ({ ...region, bytes: hex(region.bytes) })),
    partitions: manifest.partitions.map((partition) => ({
      ...partition,
      runs: hex(partition.runs),
      masks: hex(partition.masks),
      digests: hex(partition.digests),
    })),
  };
};

test('a manifest comes back from its bytes', (t) => {
  t.deepEqual(hexed(parseManifest(example)), hexed(exampleManifest()));
  t.is(manifestLength(example.subarray(0, 64)), example.length);
});

test('random manifests come back from their bytes', (t) => {
  for (let seed = 1; seed <= 200; seed++) {
    const manifest = randomManifest(new Random(seed));
    const bytes = serializeManifest(manifest);
    t.deepEqual(hexed(parseManifest(bytes)), hexed(manifest), `seed ${seed}`);
    t.deepEqual(serializeManifest(parseManifest(bytes)), bytes, `seed ${seed}`);
  }
});

test('members that this version does not know are ignored', (t) => {
  const { bytes } = withText((text) => ({ ...text, mood: 'good' }));
  t.deepEqual(plain(parseManifest(bytes)), plain(exampleManifest()));
});

test('a manifest that is cut off anywhere is refused', (t) => {
  for (let length = 0; length < example.length; length++) {
    t.throws(() => parseManifest(example.subarray(0, length)), { instanceOf: NacreError });
  }
});

test('a manifest with a byte too much is refused', (t) => {
  const error = t.throws(() => parseManifest(Buffer.concat([example, Buffer.alloc(1)])));
  t.true(isNacreError(error, 'IMAGE_FORMAT'));
  t.regex(error?.message ?? '', /length is \d+, needed \d+/);
});

const HEADER_DAMAGE = [
  ['magic', 0, 1, 0x6e],
  ['version', 8, 2, 2],
  ['digest algorithm', 10, 1, 0],
  ['digest algorithm', 10, 1, 3],
  ['chunk size', 11, 1, 17],
  ['textLength', 12, 4, 16 * 2 ** 20 + 1],
  ['textLength', 12, 4, 2 ** 32 - 1],
  ['bootLength', 16, 4, BOOT_LIMIT_BYTES + 8 * 2049 + 1],
  ['partitionCount', 20, 4, 257],
  ['partitions', 20, 4, 2],
  ['runCount', 24, 8, 2 ** 26 + 1],
  ['runCount', 24, 8, 2 ** 31],
  ['runCount', 24, 8, 2 ** 32],
  ['runCount', 24, 8, 2n ** 53n],
  ['maskCount', 32, 8, 2 ** 31],
  ['maskCount', 32, 8, 2 ** 32],
  ['maskCount', 32, 8, 2n ** 64n - 1n],
  ['digestCount', 40, 8, 2 ** 31],
  ['digestCount', 40, 8, 2 ** 32],
  ['digestCount', 40, 8, 2n ** 53n],
  ['length by its counts', 40, 8, 2 ** 27],
  ['reserved byte 48', 48, 1, 1],
  ['reserved byte 63', 63, 1, 0x80],
] as const;

for (const [field, offset, length, value] of HEADER_DAMAGE) {
  test(`a header with ${field} ${value} at ${offset} is refused by its name`, (t) => {
    const error = t.throws(() => parseManifest(withNumber(example, offset, length, value)), {
      instanceOf: NacreError,
    });
    t.true(error?.message.includes(field), error?.message);
  });
}

const TEXT_START = 64;

interface ExampleText {
  readonly partitions: readonly object[];
  readonly disk: object;
}

/** The example with its JSON changed and the header's length corrected. */
function withText(change: (text: ExampleText) => unknown): { bytes: Uint8Array } {
  const length = Buffer.from(example).readUInt32LE(12);
  const old = JSON.parse(Buffer.from(example.subarray(TEXT_START, TEXT_START + length)).toString());
  const text = Buffer.from(JSON.stringify(change(old)));
  const bytes = Buffer.concat([
    withNumber(example.subarray(0, TEXT_START), 12, 4, text.length),
    text,
    example.subarray(TEXT_START + length),
  ]);
  return { bytes };
}

const withPartition = (change: Partial<Record<keyof ManifestPartition, unknown>>): Uint8Array =>
  withText((text) => ({
    ...text,
    partitions: text.partitions.map((partition) => ({ ...partition, ...change })),
  })).bytes;

const withDisk = (change: object): Uint8Array =>
  withText((text) => ({ ...text, disk: { ...text.disk, ...change } })).bytes;

const TEXT_DAMAGE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a name with a slash', withText((text) => ({ ...text, name: 'a/b' })).bytes, /name/],
  ['a name of 65 letters', withText((text) => ({ ...text, name: 'a'.repeat(65) })).bytes, /name/],
  ['a local time', withText((text) => ({ ...text, createdAt: '2026-11-21' })).bytes, /createdAt/],
  ['a short parent', withText((text) => ({ ...text, parent: 'ab' })).bytes, /parent/],
  ['a missing title', withText((text) => ({ ...text, title: undefined })).bytes, /title/],
  ['a negative counter', withText((text) => ({ ...text, releaseCounter: -1 })).bytes, /release/],
  [
    'a counter of 2^53',
    withText((text) => ({ ...text, releaseCounter: 2 ** 53 })).bytes,
    /release/,
  ],
  ['an empty list of machines', withText((text) => ({ ...text, machines: [] })).bytes, /machines/],
  [
    'a machine of 129 letters',
    withText((text) => ({ ...text, machines: ['x'.repeat(129)] })).bytes,
    /machines/,
  ],
  [
    '65 machines',
    withText((text) => ({ ...text, machines: Array(65).fill('x') })).bytes,
    /machines/,
  ],
  ['a list instead of an object', withText(() => []).bytes, /whole text/],
  [
    'two partitions without a table',
    withText((text) => ({
      ...text,
      partitions: [text.partitions, text.partitions].flat(),
    })).bytes,
    /partitions/,
  ],
  ['an unknown table', withDisk({ table: 'apm' }), /table/],
  ['a sector size of 520', withDisk({ sectorSize: 520 }), /sectorSize/],
  ['a disk of 0 bytes', withDisk({ sizeBytes: 0 }), /sizeBytes/],
  ['a disk of 2^53 bytes', withDisk({ sizeBytes: 2 ** 53 }), /sizeBytes/],
  ['a disk smaller than its partition', withDisk({ sizeBytes: 200_703 }), /place of partition 0/],
  ['a partition with a fraction', withPartition({ sizeBytes: 0.5 }), /sizeBytes/],
  ['more used than there is', withPartition({ usedBytes: 200_705 }), /usedBytes/],
  ['a minimum above the size', withPartition({ minimumBytes: 204_801 }), /minimumBytes/],
  ['a gap outside', withPartition({ gaps: [{ offset: 200_000, length: 705 }] }), /gap/],
  [
    'gaps in falling order',
    withPartition({
      gaps: [
        { offset: 4096, length: 4096 },
        { offset: 0, length: 4096 },
      ],
    }),
    /gap/,
  ],
  [
    'a field outside',
    withPartition({
      positionalFields: [{ offset: 200_701, kind: 'hidden-sectors', hex: '00000000' }],
    }),
    /positional field/,
  ],
  [
    'a field of a wrong length',
    withPartition({
      positionalFields: [{ offset: 0, kind: 'heads', hex: '00000000' }],
    }),
    /positionalFields/,
  ],
  ['one run too few', withPartition({ runs: 2 }), /runs of all partitions/],
  ['one mask too many', withPartition({ masks: 2 }), /masks of all partitions/],
  ['2^53 digests', withPartition({ digests: 2 ** 53 }), /digests/],
];

for (const [what, bytes, message] of TEXT_DAMAGE) {
  test(`a text with ${what} is refused`, (t) => {
    const error = t.throws(() => parseManifest(bytes), { instanceOf: NacreError });
    t.true(isNacreError(error, 'IMAGE_FORMAT'));
    t.regex(error?.message ?? '', message);
  });
}

const MBR_DISK = randomManifest(new Random(5));

/** A random MBR disk with one thing changed. */
const mbrWith = (change: (manifest: Manifest) => Manifest): Error | undefined => {
  try {
    serializeManifest(change(MBR_DISK));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : undefined;
  }
};

test('a table whose rows contradict each other, the disk or the partitions is refused', (t) => {
  const { disk } = MBR_DISK;
  if (disk.table !== 'mbr') return t.fail();
  const [first, ...others] = disk.entries;
  if (first === undefined) return t.fail();
  const withEntries = (entries: typeof disk.entries) => (manifest: Manifest) => ({
    ...manifest,
    disk: { ...disk, entries },
  });
  t.is(
    mbrWith((manifest) => manifest),
    undefined,
  );
  const cases = [
    [withEntries([first, first, ...others]), /number of an entry is 1/],
    [withEntries([{ ...first, lastLba: 2 ** 40 }, ...others]), /entry 1 is/],
    [withEntries([{ ...first, firstLba: first.lastLba + 1 }, ...others]), /entry 1 is/],
    [withEntries(others), /entry of partition 1/],
    [withEntries([{ ...first, firstLba: first.firstLba - 1 }, ...others]), /place of partition 1/],
  ] as const;
  for (const [change, message] of cases) t.regex(mbrWith(change)?.message ?? '', message);
});

test('text that is no UTF-8 or no JSON is refused', (t) => {
  for (const [offset, value] of [
    [64, 0xff],
    [64, 0x5b],
  ] as const) {
    const error = t.throws(() => parseManifest(withNumber(example, offset, 1, value)));
    t.true(isNacreError(error, 'IMAGE_FORMAT'));
    t.regex(error?.message ?? '', /JSON/);
  }
});

const exampleWith = (records: Partial<ManifestPartition>): Manifest => {
  const manifest = exampleManifest();
  return {
    ...manifest,
    partitions: manifest.partitions.map((partition) => ({ ...partition, ...records })),
  };
};

const runsOf = (...runs: readonly (readonly [number, number, number])[]): Uint8Array =>
  Buffer.concat(runs.map((run) => runRecord(...run)));

const RECORD_DAMAGE: readonly (readonly [string, Partial<ManifestPartition>, RegExp])[] = [
  ['runs in falling order', { runs: runsOf([1, 1, 2], [0, 1, 0], [3, 1, 1]) }, /first chunk/],
  ['overlapping runs', { runs: runsOf([0, 2, 0], [1, 1, 2], [3, 1, 1]) }, /first chunk/],
  ['equal runs that touch', { runs: runsOf([0, 1, 0], [1, 1, 0], [3, 1, 1]) }, /kind/],
  ['an empty run', { runs: runsOf([0, 0, 0], [1, 1, 2], [3, 1, 1]) }, /count is 0/],
  ['a chunk behind the end', { runs: runsOf([0, 1, 0], [1, 1, 2], [4, 1, 1]) }, /at most 4/],
  ['a count of 2^31', { runs: runsOf([0, 1, 0], [1, 1, 2], [3, 2 ** 31, 1]) }, /at most 4/],
  ['a count of 2^32 - 1', { runs: runsOf([0, 2 ** 32 - 1, 1]) }, /at most 4/],
  ['a first chunk of 2^53', { runs: runsOf([2 ** 53, 1, 1]) }, /first chunk is 9007199254740992/],
  ['a first chunk of 2^32', { runs: runsOf([2 ** 32, 1, 1]) }, /at most 4/],
  ['a reserved kind bit', { runs: runsOf([0, 1, 4], [1, 1, 2], [3, 1, 1]) }, /kind is 4/],
  ['a reserved byte', { runs: withNumber(runsOf([0, 1, 0]), 14, 1, 1) }, /reserved byte 14/],
  ['a mask of 0', { masks: Buffer.from([0, 0]) }, /mask of chunk 1 is 0/],
  ['a full mask', { masks: Buffer.from([0xff, 0xff]) }, /mask of chunk 1 is 65535/],
  ['no mask record', { masks: Buffer.alloc(0) }, /count is 0, needed at least 1/],
  ['a mask record too much', { masks: Buffer.from([3, 0, 3, 0]) }, /masked chunks is 1/],
  ['a digest too few', { digests: Buffer.alloc(32) }, /data chunks is 2/],
  ['a digest too much', { digests: Buffer.alloc(96) }, /data chunks is 2/],
  [
    'a masked last chunk of one block',
    {
      runs: runsOf([0, 1, 0], [1, 1, 2], [3, 1, 3]),
      masks: Buffer.from([3, 0, 1, 0]),
    },
    /mask of chunk 3/,
  ],
];

for (const [what, records, message] of RECORD_DAMAGE) {
  test(`records with ${what} are refused`, (t) => {
    const error = t.throws(() => serializeManifest(exampleWith(records)), {
      instanceOf: NacreError,
    });
    t.regex(error?.message ?? '', message);
  });
}

test('records that are no whole number of records are refused', (t) => {
  t.throws(() => serializeManifest(exampleWith({ digests: Buffer.alloc(65) })));
});
