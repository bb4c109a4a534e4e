/** A program that fills a backup partition: `fill-program.ts STORE IMAGE DISK PACK_BYTES [--replace-old]`. */
import { applyFill } from '../../src/image/backup/fill.ts';
import { planFill } from '../../src/image/backup/fill-plan.ts';
import { openStore } from '../../src/image/store/store.ts';

const [store = '', image = '', path = '', packBytes = '', option] = process.argv.slice(2);
const source = await openStore(store);
const plan = await planFill({ source, image, path, replaceOld: option === '--replace-old' });
await applyFill(plan, { packLimitBytes: Number(packBytes), now: () => new Date(0) });
