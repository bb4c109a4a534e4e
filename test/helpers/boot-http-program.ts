/**
 * A boot service as a process of its own, so that its memory can be looked at: `boot-http-program.ts STORE`. It prints its port,
 * and ends when its standard input does. A boot file `initrd.pxe` of 8 MiB is in memory.
 */

import { memoryContent } from '../../src/job/serving/http-content.ts';
import { storeInFolder } from '../../src/job/serving/store-content.ts';
import { startBootHttp } from '../../src/pxe/http/boot-http.ts';

const MIB = 2 ** 20;
const initrd = Buffer.alloc(8 * MIB, 'initrd');
const ignore = (): void => {};

const service = await startBootHttp({
  address: '127.0.0.1',
  port: 0,
  files: (name) => (name === 'initrd.pxe' ? memoryContent([initrd], '', undefined) : undefined),
  scripts: () => undefined,
  store: storeInFolder(process.argv[2] ?? ''),
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  limits: { connectionsPerAddress: 64, idleMs: 600_000, requestMs: 600_000 },
});
process.stdout.write(`${service.port}\n`);
process.stdin.resume();
process.stdin.once('end', () => void service.close());
