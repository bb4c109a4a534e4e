/** What the map of a swap area keeps, against what swaplabel reads. */
import test from 'ava';
import { formatted, MIB, patch, probe, readAt, usedExtents } from '../helpers/volume.ts';
import { emptyFile, run } from '../helpers/volumes.ts';

for (const pageKib of [4, 8, 16, 32, 64]) {
  test(`swap with ${pageKib} KiB pages: swaplabel finds all it knows in what the map keeps`, async (t) => {
    const mkswap = ['mkswap', '-q', '-p', String(pageKib * 1024), '-L', 'a label'];
    const image = await formatted(t, 16 * MIB, mkswap);
    const said = run('swaplabel', [image]);
    t.regex(said, /LABEL: a label/);
    const kept = emptyFile(`${image}.kept`, 16);
    for (const { offset, length } of await usedExtents(image, 'swap')) {
      patch(kept, offset, readAt(image, offset, length));
    }
    t.deepEqual(await usedExtents(image, 'swap'), [{ offset: 0, length: pageKib * 1024 }]);
    t.is(run('swaplabel', [kept]), said);
    t.deepEqual(await probe(kept), await probe(image));
  });
}
