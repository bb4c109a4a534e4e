import test from 'ava';
import { NacreError } from '../../../src/errors.ts';
import { FINDING_MESSAGE, NetworkWatch } from '../../../src/pxe/service/network-watch.ts';
import { collectingLog } from '../../helpers/service-log.ts';

test('what was found is a line each, as bad as it is', async (t) => {
  const { log, lines } = collectingLog();
  const facts = { interface: 'eth0', server: '10.77.0.2' };
  const watch = new NetworkWatch(
    async () => [
      { level: 'fine', name: 'dhcp-server', facts },
      { level: 'problem', name: 'other-pxe-service', facts },
    ],
    log,
  );
  await watch.close();
  t.deepEqual(
    lines.map(({ level, message, fields }) => ({ level, message, fields })),
    [
      { level: 'info', message: FINDING_MESSAGE, fields: { finding: 'dhcp-server', ...facts } },
      {
        level: 'error',
        message: FINDING_MESSAGE,
        fields: { finding: 'other-pxe-service', ...facts },
      },
    ],
  );
});

test('closing breaks the look off without a line', async (t) => {
  const { log, lines } = collectingLog();
  const look = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      const stop = () => reject(new NacreError('CANCELLED', { phase: 'looking' }));
      signal.addEventListener('abort', stop, { once: true });
    });
  await new NetworkWatch(look, log).close();
  t.deepEqual(lines, []);
});

test('a look that fails is a warning, and nothing more', async (t) => {
  const { log, lines } = collectingLog();
  const watch = new NetworkWatch(() => Promise.reject(new Error('no such device')), log);
  await watch.close();
  t.like(lines[0], { level: 'warn', message: 'the network could not be looked at' });
});
