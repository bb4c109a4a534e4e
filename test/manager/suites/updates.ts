import type { Ground } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import { putImageRow, putVersionRow } from '../../../src/manager/store/package-rows.ts';
import { expireUpdates } from '../../../src/manager/updates/expire-updates.ts';
import {
  cancelUpdate,
  extendUpdate,
  finishUpdate,
  HOLD_SECONDS,
  releaseUpdate,
  startUpdate,
  type UpdateActor,
} from '../../../src/manager/updates/hold-image.ts';
import {
  moveUpdate,
  readUpdate,
  readUpdates,
  requiredUpdate,
} from '../../../src/manager/updates/update.ts';
import { addTestPackage, KIM, VERSION } from '../../helpers/job-lab.ts';
import type { Case } from './suite.ts';

const WHO: UpdateActor = { user: 'kim', actor: KIM };
const WISH = { image: 'lab-pc', base: VERSION.slice(0, 8), terminal: 'PC-1' };
const NEXT = 'd4'.repeat(32);
const DAY_MS = 86_400_000;

/** A ground whose clock the test moves. */
const openUpdates = async (ground: Ground) => {
  let nowMs = Date.parse('2026-12-01T09:00:00.000Z');
  const moved: Ground = { ...ground, now: () => new Date(nowMs) };
  await addTestPackage(moved);
  return {
    ground: moved,
    pass: (ms: number): void => {
      nowMs += ms;
    },
    /** Somebody else captures the image. */
    capture: (): Promise<void> =>
      moved.store.change(async (db) => {
        const name = WISH.image;
        await putImageRow(db, { name, title: '', latest_id: NEXT, stored_bytes: 1 });
        await putVersionRow(db, {
          ...{ image_name: name, id: NEXT, parent_id: VERSION, comment: '', stored_bytes: 1 },
          ...{ created_at: '2026-12-02T00:00:00.000Z', disk_bytes: 8e9, used_bytes: 5e9 },
        });
      }),
    actions: async (): Promise<readonly string[]> => {
      const { items } = await readAudit(moved, { subject: WISH.image }, { limit: 50 });
      return items.map(({ action }) => action).toReversed();
    },
  };
};

/** What the desk of uploads does when all was sent. */
const publish = (ground: Ground, id: string) =>
  ground.store.change(async (db) => {
    const verifying = await moveUpdate(ground, db, await requiredUpdate(db, id), {
      ...{ event: 'verify', actor: KIM },
    });
    const columns = { version_id: NEXT, used_bytes: 5, stored_bytes: 1 };
    return moveUpdate(ground, db, verifying, { event: 'publish', actor: KIM, columns });
  });

export const UPDATE_CASES: readonly Case[] = [
  {
    title: 'a second start for an image is refused with the terminal, the user and the time',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const first = await startUpdate(lab.ground, WHO, WISH);
      t.like(first, { base: VERSION, state: 'started', terminal: 'PC-1', user: 'kim' });
      lab.pass(DAY_MS);
      await t.throwsAsync(startUpdate(lab.ground, WHO, { ...WISH, terminal: 'PC-2' }), {
        code: 'UPDATE_HELD',
        message: 'lab-pc is being updated at terminal PC-1 by kim since 2026-12-01T09:00:00.000Z',
      });
      await cancelUpdate(lab.ground, WHO, first.id);
      t.is((await startUpdate(lab.ground, WHO, { ...WISH, terminal: 'PC-2' })).terminal, 'PC-2');
      const { items } = await readUpdates(lab.ground, { image: 'lab-pc' }, { limit: 10 });
      t.deepEqual(
        items.map(({ terminal, state }) => `${terminal} ${state}`),
        ['PC-2 started', 'PC-1 cancelled'],
      );
    },
  },
  {
    title: 'of many starts at once one holds the image',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const starts = await Promise.allSettled(
        ['a', 'b', 'c', 'd', 'e'].map((terminal) =>
          startUpdate(lab.ground, WHO, { ...WISH, terminal }),
        ),
      );
      t.is(starts.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const start of starts)
        if (start.status === 'rejected') t.is(start.reason.code, 'UPDATE_HELD');
      t.is((await readUpdates(lab.ground, { isHeld: true }, { limit: 10 })).total, 1);
    },
  },
  {
    title: 'a start from an older version is refused with the first 8 digits of both',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      await lab.capture();
      await t.throwsAsync(startUpdate(lab.ground, WHO, { ...WISH, base: VERSION }), {
        message:
          'cannot start the update: not booted from the latest version (latest=d4d4d4d4, booted=c3c3c3c3)',
      });
      await t.throwsAsync(startUpdate(lab.ground, WHO, { ...WISH, image: 'nothing' }), {
        code: 'MANAGER_NOT_FOUND',
      });
    },
  },
  {
    title: 'an update goes from its start to its version, each step with its row in the audit',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const { id } = await startUpdate(lab.ground, WHO, WISH);
      const first = await finishUpdate(lab.ground, WHO, id, undefined);
      t.is(first.update.comment, 'updated at terminal PC-1');
      const again = await finishUpdate(lab.ground, { ...WHO, user: 'lee' }, id, '夏の更新 — v2');
      t.not(again.token, first.token, 'the earlier one counts no longer');
      t.like(again.update, { comment: '夏の更新 — v2', user: 'lee', state: 'uploading' });
      await publish(lab.ground, id);
      const done = await readUpdate(lab.ground, id);
      t.like(done, { state: 'done', version: NEXT, storedBytes: 1, comment: '夏の更新 — v2' });
      t.is(done.endedAt, '2026-12-01T09:00:00.000Z');
      t.deepEqual(await lab.actions(), [
        ...['update.start', 'update.upload', 'update.upload', 'update.verify', 'update.publish'],
      ]);
      for (const refused of [cancelUpdate, releaseUpdate, extendUpdate])
        await t.throwsAsync(refused(lab.ground, WHO, id), { code: 'UPDATE_STATE' });
    },
  },
  {
    title: 'a finish is refused when somebody else published a version, and nothing changes',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const { id } = await startUpdate(lab.ground, WHO, WISH);
      await lab.capture();
      await t.throwsAsync(finishUpdate(lab.ground, WHO, id, 'x'), {
        code: 'UPDATE_BASE_MOVED',
        message: /latest=d4d4d4d4, changed=c3c3c3c3/,
      });
      t.like(await readUpdate(lab.ground, id), { state: 'started', comment: '' });
    },
  },
  {
    title: 'an administrator releases an image, and the terminal that held it can finish no more',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const { id } = await startUpdate(lab.ground, WHO, WISH);
      await finishUpdate(lab.ground, WHO, id, undefined);
      t.like(await releaseUpdate(lab.ground, WHO, id), {
        state: 'released',
        reason: 'released by kim',
      });
      await t.throwsAsync(finishUpdate(lab.ground, WHO, id, undefined), { code: 'UPDATE_STATE' });
      await t.notThrowsAsync(startUpdate(lab.ground, WHO, { ...WISH, terminal: 'PC-2' }));
    },
  },
  {
    title: 'what is being verified ends for nobody, until whoever verifies it must have died',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const { id } = await startUpdate(lab.ground, WHO, WISH);
      await finishUpdate(lab.ground, WHO, id, undefined);
      await lab.ground.store.change(async (db) => {
        const row = await requiredUpdate(db, id);
        await moveUpdate(lab.ground, db, row, { event: 'verify', actor: KIM });
      });
      await t.throwsAsync(releaseUpdate(lab.ground, WHO, id), { code: 'UPDATE_STATE' });
      lab.pass(601_000);
      t.is((await releaseUpdate(lab.ground, WHO, id)).state, 'released');
    },
  },
  {
    title:
      'an update ends when nothing is heard of its terminal, after a warning, and not when somebody extends it',
    check: async (t, { ground }) => {
      const lab = await openUpdates(ground);
      const { id } = await startUpdate(lab.ground, WHO, WISH);
      lab.pass((HOLD_SECONDS - 86_400) * 1000);
      await expireUpdates(lab.ground);
      await expireUpdates(lab.ground);
      t.deepEqual(await lab.actions(), ['update.start', 'update.warn'], 'once');
      await extendUpdate(lab.ground, WHO, id);
      lab.pass(2 * DAY_MS);
      await expireUpdates(lab.ground);
      t.is((await readUpdate(lab.ground, id)).state, 'started');
      lab.pass(HOLD_SECONDS * 1000);
      await expireUpdates(lab.ground);
      const ended = await readUpdate(lab.ground, id);
      t.is(ended.state, 'expired');
      t.regex(ended.reason, /^nothing was heard of PC-1 until /);
      await t.notThrowsAsync(startUpdate(lab.ground, WHO, WISH));
    },
  },
];
