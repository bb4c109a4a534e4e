/** An upload of an update that is cut goes on where it was, and nothing that arrived is sent twice (spec T-13). */
import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../src/errors.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { CHANGED_MIB, openCuts } from '../helpers/update-cuts.ts';

const MIB = 2 ** 20;
/** Fewer than of power: each time the same piece is waited for twice as long. */
const LINK_CUTS = 3;
const POWER_CUTS = 10;

/** What the same update takes when nothing is cut. */
const cleanUpload = async (t: ExecutionContext): Promise<number> => {
  const { send, tokenOf, received } = await openCuts(t);
  await send(await tokenOf());
  return received();
};

const expectWhole = async (
  t: ExecutionContext,
  { lab, path, received }: Awaited<ReturnType<typeof openCuts>>,
  clean: number,
): Promise<void> => {
  t.deepEqual((await lab.store.check({ deep: true })).problems, []);
  t.like(await verifyDisk({ store: lab.store, image: 'lab-pc', path }), { same: true });
  t.is((await lab.store.list())[0]?.versions.length, 2);
  const [all, least] = [await received(), CHANGED_MIB * MIB];
  t.true(clean > least, `${clean}`);
  t.true(all <= 1.02 * clean, `${all} of ${clean} bytes`);
  t.log(`${all} bytes arrived, ${clean} without cuts`);
};

test('a link that is cut in the upload is waited for, and nothing that arrived is sent again', async (t) => {
  const clean = await cleanUpload(t);
  const cuts = await openCuts(t);
  const { relay, send, tokenOf } = cuts;
  const next = (): void => {
    if (relay.cuts() < LINK_CUTS) relay.cutAfter((CHANGED_MIB * MIB) / (LINK_CUTS + 1), next);
  };
  next();
  await send(await tokenOf());
  t.is(relay.cuts(), LINK_CUTS);
  await expectWhole(t, cuts, clean);
});

test('a terminal that loses its power ten times in the upload goes on with each finish', async (t) => {
  const clean = await cleanUpload(t);
  const cuts = await openCuts(t);
  const { relay, send, tokenOf, manager, id } = cuts;
  for (let cut = 1; cut <= POWER_CUTS; cut++) {
    const power = new AbortController();
    relay.cutAfter(MIB / 2 + (cut * MIB) / 16, () => power.abort());
    const failure = await t.throwsAsync(send(await tokenOf(), power.signal));
    t.true(isNacreError(failure, 'CANCELLED'), String(failure));
  }
  const { json } = await manager.admin('GET', `/api/v1/updates/${id}`);
  t.is(json['state'], 'uploading', 'nobody has to set it back');
  await send(await tokenOf());
  await expectWhole(t, cuts, clean);
});
