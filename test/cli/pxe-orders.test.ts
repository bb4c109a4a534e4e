/** Orders through `nacre pxe serve`, with curl in the place of Merlin: it checks the pin by itself. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { ANSWER } from '../../src/job/merlin-protocol.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { helloOf } from '../helpers/merlin-lab.ts';
import { requires } from '../helpers/requires.ts';
import { openServeLab, type ServeLab } from '../helpers/serve-lab.ts';

const DEVICE = '52:54:00:12:34:56';
const POLICY = `[[device]]\nmac = "${DEVICE}"\naction = "image"\nimage = "lab-pc"\nunsigned = true\n`;
const SERVER = 'https://10.77.0.1:30806/merlin/v1';

const post = async (
  { lab, folder }: ServeLab,
  pin: string,
  address: string,
  body: object,
  ticket = '',
): Promise<string> => {
  const file = path.join(folder, 'message.json');
  await writeFile(file, JSON.stringify(body));
  const key = Buffer.from(pin, 'hex').toString('base64');
  const words = ['-sS', '-k', '-m', '30', '--pinnedpubkey', `sha256//${key}`];
  const message = ['-H', `Authorization: Bearer ${ticket}`, '--data-binary', `@${file}`];
  const asked = lab.start('device', 'curl', [...words, ...message, `${SERVER}/${address}`]);
  return (await asked.end()).join('\n');
};

test.serial(
  'a device gets the version that a label means, reports, and is explained',
  async (t) => {
    if (!requires(t, 'root', 'ip', 'setpriv', 'curl', 'openssl')) return;
    const net = await openServeLab(t, POLICY);
    const store = await openStore(path.join(net.folder, 'store'), { create: true });
    const { id } = await publishLetters(store, 'lab-pc', 'ab');
    const service = await net.serve();
    const { service: running } = JSON.parse(
      (await net.pxe(['status', '--json']).end()).join('\n'),
    ) as { readonly service: { readonly pin: string } };
    const { pin } = running;
    const hello = helloOf({ macs: [DEVICE] });

    t.regex(await post(net, 'ab'.repeat(32), 'start', hello), /public key does not match pinned/);
    const answer = ANSWER.parse(JSON.parse(await post(net, pin, 'start', hello)));
    if (answer.answer !== 'image') throw new Error(JSON.stringify(answer));
    t.deepEqual(answer.image, { name: 'lab-pc', id });
    t.deepEqual(answer.stores, [{ url: 'http://10.77.0.1:30880/store', pin: null }]);
    const stored = `${answer.stores[0]?.url}/nacre-store.json`;
    t.regex((await net.lab.start('device', 'curl', ['-sS', stored]).end()).join('\n'), /format/);
    const list = `${answer.boot.url}/boot.json`;
    t.regex((await net.lab.start('device', 'curl', ['-sS', list]).end()).join('\n'), /node\.img/);

    const { order } = answer;
    const say = (step: string, body: object): Promise<string> =>
      post(net, pin, `orders/${order.id}/${step}`, body, order.ticket);
    t.is(await say('begin', { disk: '/dev/vda', serial: 'S1' }), '{}');
    await service.waitFor(/34:56 begins with \/dev\/vda S1/);
    t.is(await say('progress', { phase: 'image', doneBytes: 45, totalBytes: 100 }), '{}');
    t.regex((await net.pxe(['explain', DEVICE]).end()).join('\n'), /order: .*: running/);
    const end = { code: null, message: '', writtenBytes: 100, verifiedBytes: 100 };
    t.is(await say('end', end), '{}');
    await service.stop('SIGTERM');
    const text = (await net.pxe(['explain', DEVICE]).end()).join('\n');
    t.regex(text, /^Merlin: .* done 100 % \(100 B \/ 100 B\)$/m);
    t.regex(text, /^order: image lab-pc:latest: done, tries: 1$/m);
    t.regex(text, /^next start: its disk: nothing to do$/m);
  },
);
