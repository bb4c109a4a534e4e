import test from 'ava';
import { parseDeviceLayout, serializeDeviceLayout } from '../../src/codec/device-layout.ts';

const LAYOUT = { layout: 'wes7', osPartition: 2, imagePartition: 1 };
const REFUSED = { code: 'IMAGE_FORMAT' };

test('a device layout comes back', (t) => {
  const bytes = serializeDeviceLayout(LAYOUT);
  const text = '{"format":1,"layout":"wes7","osPartition":2,"imagePartition":1}\n';
  t.is(Buffer.from(bytes).toString(), text);
  t.deepEqual(parseDeviceLayout(bytes), LAYOUT);
});

test('a device layout that is cut off or wrong is refused', (t) => {
  const bytes = serializeDeviceLayout(LAYOUT);
  // The line feed at the end may be missing.
  for (let length = 0; length < bytes.length - 1; length++)
    t.throws(() => parseDeviceLayout(bytes.subarray(0, length)), REFUSED);
  for (const wrong of [
    { format: 2 },
    { layout: '../x' },
    { osPartition: 0 },
    { imagePartition: -1 },
  ])
    t.throws(
      () => parseDeviceLayout(Buffer.from(JSON.stringify({ format: 1, ...LAYOUT, ...wrong }))),
      REFUSED,
    );
  t.throws(() => parseDeviceLayout(Buffer.alloc(5000, ' ')), REFUSED);
});
