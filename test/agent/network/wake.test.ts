/** Wake-on-LAN: the packet, and where it goes. */
import test from 'ava';
import { broadcastOf, magicPacket } from '../../../src/agent/network/wake.ts';
import { NetworkLab } from '../../helpers/network-lab.ts';
import { requires } from '../../helpers/requires.ts';

test('a magic packet is six bytes of ones and the address 16 times', (t) => {
  const packet = magicPacket('52:54:00:12:34:56');
  t.is(packet.length, 102);
  t.is(packet.toString('hex'), 'ff'.repeat(6) + '525400123456'.repeat(16));
});

test('the last address of a network is where everybody of it listens', (t) => {
  t.is(broadcastOf('192.0.2.7', '255.255.255.0'), '192.0.2.255');
  t.is(broadcastOf('10.1.2.3', '255.255.240.0'), '10.1.15.255');
  t.is(broadcastOf('10.1.2.3', '255.255.255.255'), '10.1.2.3');
});

test('a machine of the same network gets the packet, one of another network does not', async (t) => {
  if (!requires(t, 'root')) return;
  const lab = await NetworkLab.open(t);
  await lab.connect('peer', 'eth0', 'office', '192.0.2.7/24');
  await lab.connect('peer', 'eth1', 'shop', '198.51.100.7/26');
  await lab.connect('near', 'eth0', 'office', '192.0.2.9/24');
  await lab.connect('shop', 'eth0', 'shop', '198.51.100.9/26');
  await lab.connect('far', 'eth0', 'elsewhere', '203.0.113.9/24');
  const ears = ['near', 'shop', 'far'].map((host) => lab.startHelper(host, 'magic-ear-program.ts'));
  for (const ear of ears) await ear.waitFor(/^listens/);
  const macs = ['52:54:00:12:34:56', '52:54:00:ab:cd:ef'];
  const sender = lab.startHelper('peer', 'wake-program.ts', ...macs);
  t.deepEqual(await sender.end(), ['sent to 192.0.2.255 198.51.100.63']);
  const [near, shop, far] = ears;
  for (const mac of macs) {
    const digits = `(?:ff){6}(${mac.replaceAll(':', '')}){16}$`;
    t.regex((await near?.waitFor(/ffff/)) ?? '', new RegExp(`^192\\.0\\.2\\.7 ${digits}`));
    t.regex((await shop?.waitFor(/ffff/)) ?? '', new RegExp(`^198\\.51\\.100\\.7 ${digits}`));
  }
  t.deepEqual(far?.lines, ['listens']);
});
