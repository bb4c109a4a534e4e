import test from 'ava';
import { requireMachine } from '../../src/image/machine-check.ts';
import { makeLab, mbrDisk } from '../helpers/disk-lab.ts';

const MACHINE = { maker: 'Dell Inc.', product: 'OptiPlex 3080' };

test('an image that names no machine is for all, also for one without a name', (t) => {
  t.notThrows(() => requireMachine({ name: 'till' }, MACHINE));
  t.notThrows(() => requireMachine({ name: 'till' }, { maker: '', product: '' }));
});

for (const name of ['OptiPlex 3080', 'Dell Inc. OptiPlex 3080'])
  test(`a machine goes by the name "${name}"`, (t) => {
    t.notThrows(() => requireMachine({ name: 'till', machines: ['Wyse 5070', name] }, MACHINE));
  });

for (const name of ['OptiPlex', 'Dell Inc.', 'optiplex 3080'])
  test(`a machine does not go by the name "${name}"`, (t) => {
    const error = t.throws(() => requireMachine({ name: 'till', machines: [name] }, MACHINE), {
      code: 'IMAGE_OTHER_MACHINE',
    });
    t.is(error.message, `image "till" is for ${name}, this machine is "Dell Inc. OptiPlex 3080"`);
  });

test('a newer version is for the machines of its parent, unless somebody says otherwise', async (t) => {
  const lab = await makeLab(t);
  const disk = mbrDisk(lab);
  const machinesOf = async (id: string) => (await lab.store.readManifest(id)).machines;
  const first = await lab.capture(disk, { machines: ['Wyse 5070'] });
  t.deepEqual(await machinesOf(first.id), ['Wyse 5070']);
  const second = await lab.capture(disk, { comment: 'second' });
  t.deepEqual(await machinesOf(second.id), ['Wyse 5070']);
  const third = await lab.capture(disk, { machines: ['Wyse 5070', 'OptiPlex 3080'] });
  t.deepEqual(await machinesOf(third.id), ['Wyse 5070', 'OptiPlex 3080']);
  const alone = await lab.capture(disk, { parent: null });
  t.is(await machinesOf(alone.id), undefined);
});
