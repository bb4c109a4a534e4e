/** Brings Merlin's network up in the host that this runs in: `merlin-network.ts FOLDER PATIENCE_MS`; ends with its input. */
import { startNetwork } from '../../src/agent/network/network.ts';
import { isNacreError } from '../../src/errors.ts';

const [folder = '', patienceMs = ''] = process.argv.slice(2);
const say = (word: string, value: unknown): boolean =>
  process.stdout.write(`${word} ${JSON.stringify(value)}\n`);

try {
  await using network = await startNetwork({
    busybox: '/usr/bin/busybox',
    folder,
    resolver: `${folder}/resolv.conf`,
    patienceMs: Number(patienceMs),
    onLease: (lease) => say('lease', lease),
  });
  say('up', network.lease.address);
  for await (const piece of process.stdin) if (piece === undefined) break;
} catch (reason) {
  if (!isNacreError(reason)) throw reason;
  say('failed', { code: reason.code, message: reason.message });
}
