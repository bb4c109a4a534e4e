/** Changes as server-sent events, read as a browser reads them. */
import { request } from 'node:https';
import test from 'ava';
import { bearer, openManagerLab, tokenOf } from '../../helpers/manager-lab.ts';
import type { Owner } from '../../helpers/temporary-folder.ts';

interface Stream {
  readonly status: number;
  /** The text so far, once it fits. */
  readonly until: (pattern: RegExp) => Promise<string>;
  readonly end: Promise<void>;
}

const open = (t: Owner, port: number, headers: Record<string, string>): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const path = '/api/v1/events';
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      headers,
      agent: false,
      rejectUnauthorized: false,
    });
    sent.once('error', reject).end();
    t.teardown(() => sent.destroy());
    sent.once('response', (response) => {
      let text = '';
      const waiting = new Set<() => void>();
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        for (const look of waiting) look();
      });
      const end = new Promise<void>((over) =>
        response.once('close', over).on('error', () => undefined),
      );
      const until = (pattern: RegExp): Promise<string> =>
        new Promise((found) => {
          const look = (): void => {
            if (pattern.test(text)) found(text);
          };
          waiting.add(look);
          look();
        });
      resolve({ status: response.statusCode ?? 0, until, end });
    });
  });

const PASSWORD = 'correct horse battery';

test('whoever may look is told of changes, and not of users; what was missed comes by its number', async (t) => {
  const { service, ask, admin } = await openManagerLab(t);
  await admin('POST', '/api/v1/users', {
    body: { name: 'kim', role: 'viewer', password: PASSWORD },
  });
  const headers = bearer(await tokenOf(ask, 'kim', PASSWORD));
  const viewer = await open(t, service.port, headers);
  await viewer.until(/^: changes$/m);
  await admin('POST', '/api/v1/users', {
    body: { name: 'lee', role: 'viewer', password: PASSWORD },
  });
  await admin('POST', '/api/v1/groups', { body: { name: 'lab-2' } });
  const text = await viewer.until(/"subject":"lab-2"}\n\n/);
  t.regex(
    text,
    /id: (\d+)\nevent: change\ndata: {"number":\1,"at":"[^"]+","action":"group.add","kind":"group"/,
  );
  t.false(text.includes('lee'));
  const number = Number(/^id: (\d+)$/m.exec(text)?.[1]);
  const again = await open(t, service.port, { ...headers, 'last-event-id': String(number - 1) });
  await again.until(/"subject":"lab-2"}\n\n/);
  await service.close();
  await Promise.all([viewer.end, again.end]);
});

test('without a login there are no events', async (t) => {
  const { service } = await openManagerLab(t);
  t.is((await open(t, service.port, {})).status, 401);
});
