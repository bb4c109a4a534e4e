import test, { type ExecutionContext } from 'ava';
import type { OrderState } from '../../../src/job/order-states.ts';
import { readBootFileSet } from '../../../src/pxe/files/boot-file-set.ts';
import {
  type BootLookup,
  type BootLookupOptions,
  makeBootLookup,
} from '../../../src/pxe/files/boot-lookup.ts';
import type { BootServer } from '../../../src/pxe/files/boot-server.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';
import { testService } from '../../helpers/boot-http.ts';
import { runIpxeScript } from '../../helpers/ipxe-script.ts';
import { makeNetworkBootFiles } from '../../helpers/network-boot-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MAC = '52:54:00:12:34:56';
const DASHED = '52-54-00-12-34-56';
const UUID = '11112222-3333-4444-5555-666677778888';

const serverAt = (address: string): BootServer => ({
  address,
  httpPort: 8080,
  merlin: `http://${address}:8080`,
  pin: undefined,
});

const lookupOf = async (
  t: ExecutionContext,
  text: string,
  more: Partial<BootLookupOptions> = {},
): Promise<BootLookup> => {
  const folder = await temporaryFolder(t);
  await makeNetworkBootFiles(folder);
  const set = await readBootFileSet(folder);
  const policy = parsePolicy(text, 'policy.toml');
  return makeBootLookup({
    policy: () => policy,
    files: () => set,
    stateOf: () => 'waiting',
    serverOf: ({ localAddress }) => serverAt(localAddress ?? '192.0.2.1'),
    ...more,
  });
};

const row = (selector: string, action: string): string =>
  `[[device]]\n${selector}\naction = "${action}"\n`;

/** How a device's iPXE script ends. */
const endOf = async (t: ExecutionContext, lookup: BootLookup, path: string): Promise<string> => {
  const { url } = await testService(t, lookup);
  const answer = await fetch(`${url}/${path}`);
  if (answer.status !== 200) return String(answer.status);
  t.is(answer.headers.get('content-type'), 'text/plain');
  return runIpxeScript(await answer.text(), { platform: 'pcbios' }).end;
};

test('the script of a device does what the policy says, for the address that it was reached at', async (t) => {
  const lookup = await lookupOf(t, row(`mac = "${MAC}"`, 'merlin'));
  t.is(await endOf(t, lookup, `boot/ipxe/${DASHED}`), 'boot');
  const { url } = await testService(t, lookup);
  const script = await (await fetch(`${url}/boot/ipxe/${DASHED}`)).text();
  t.true(script.includes('kernel http://127.0.0.1:8080/vmlinuz '));
  t.true(script.includes(' nacre.server=http://127.0.0.1:8080 '.trimEnd()));
});

test('files that a disk is laid out with are served as they were built, by ranges', async (t) => {
  const { url } = await testService(t, await lookupOf(t, ''));
  const headers = { range: 'bytes=4-9' };
  const answer = await fetch(`${url}/boot-files/network/local-disk.efi`, { headers });
  t.is(`${answer.status} ${await answer.text()}`, '206 \nnacre');
  for (const name of ['node.img', 'boot.json'])
    t.is((await fetch(`${url}/boot-files/${name}`)).status, 200, name);
  for (const name of ['', 'none', '..%2fvmlinuz', 'menu.efi'])
    t.is((await fetch(`${url}/boot-files/${name}`)).status, 404, name);
});

test('a script that a stranger asks for starts the disk', async (t) => {
  const known = await lookupOf(t, row(`mac = "${MAC}"`, 'merlin'));
  t.is(await endOf(t, known, 'boot/ipxe/52-54-00-ff-ff-ff'), 'exit');
  const off = await lookupOf(t, `answer = "off"\n${row(`mac = "${MAC}"`, 'merlin')}`);
  t.is(await endOf(t, off, `boot/ipxe/${DASHED}`), 'exit');
});

test('an order that is done by the time of the script starts the disk', async (t) => {
  let state: OrderState = 'waiting';
  const text = `${row(`mac = "${MAC}"`, 'image')}image = "lab-pc"\n`;
  const lookup = await lookupOf(t, text, { stateOf: () => state });
  t.is(await endOf(t, lookup, `boot/ipxe/${DASHED}`), 'boot');
  state = 'done';
  t.is(await endOf(t, lookup, `boot/ipxe/${DASHED}`), 'exit');
});

test('a device that is told to load Merlin for its order is noted, and no other', async (t) => {
  const noted: string[] = [];
  const onOffer: BootLookupOptions['onOffer'] = ({ mac }) => noted.push(mac);
  const order = `${row(`mac = "${MAC}"`, 'image')}image = "lab-pc"\n`;
  const lookup = await lookupOf(t, order, { onOffer });
  await endOf(t, lookup, `boot/ipxe/${DASHED}`);
  await endOf(t, lookup, 'boot/ipxe/52-54-00-ff-ff-ff');
  tftpText(lookup, `/grub/grub.cfg-01-${DASHED}`);
  t.deepEqual(noted, [MAC, MAC]);
  const done = await lookupOf(t, order, { onOffer, stateOf: () => 'done' });
  await endOf(t, done, `boot/ipxe/${DASHED}`);
  const merlin = await lookupOf(t, row(`mac = "${MAC}"`, 'merlin'), { onOffer });
  await endOf(t, merlin, `boot/ipxe/${DASHED}`);
  t.deepEqual(noted, [MAC, MAC]);
});

test('a device is found by the UUID in the address of its script, or by what its DHCP request had', async (t) => {
  const text = row(`uuid = "${UUID}"`, 'merlin');
  const plain = await lookupOf(t, text);
  t.is(await endOf(t, plain, `boot/ipxe/${DASHED}/${UUID}`), 'boot');
  t.is(await endOf(t, plain, `boot/ipxe/${DASHED}`), 'exit');
  const seen = await lookupOf(t, text, { uuidOf: (mac) => (mac === MAC ? UUID : undefined) });
  t.is(await endOf(t, seen, `boot/ipxe/${DASHED}`), 'boot');
});

test('an address that is none has no script', async (t) => {
  const lookup = await lookupOf(t, '');
  for (const path of [
    'boot/ipxe/',
    'boot/ipxe/52-54-00-12-34',
    'boot/ipxe/52:54:00:12:34:56',
    'boot/ipxe/52-54-00-12-34-5G',
    `boot/ipxe/${DASHED.toUpperCase().replace('52', 'AB')}`,
    `boot/ipxe/${DASHED}/`,
    `boot/ipxe/${DASHED}/x`,
    `boot/ipxe/${DASHED}.ipxe`,
    `boot/ipxe/${DASHED}%0a`,
  ])
    t.is(await endOf(t, lookup, path), '404', path);
});

test('HTTP has the boot files, and merlin.efi knows the address that it was fetched from', async (t) => {
  const { url } = await testService(t, await lookupOf(t, ''));
  const textOf = async (name: string) => (await fetch(`${url}/${name}`)).text();
  t.is(await textOf('snponly.efi'), 'snponly ');
  t.regex(
    await textOf('merlin.efi'),
    /console=tty0 nacre\.server=http:\/\/127\.0\.0\.1:8080 +\0kernel $/,
  );
  t.regex(
    await textOf('local-disk.efi'),
    /^grub\nset action=local-disk; set wait=2; set shell=off; set password=off; set server=127\.0\.0\.1; /,
  );
  t.regex(await textOf('menu.efi'), /^grub\nset action=menu; /);
  t.is((await fetch(`${url}/grub/grub.cfg`)).status, 404);
});

test('a range of a file that is filled is a range of what was filled', async (t) => {
  const { url } = await testService(t, await lookupOf(t, ''));
  const whole = await (await fetch(`${url}/merlin.efi`)).text();
  const part = await fetch(`${url}/merlin.efi`, { headers: { Range: 'bytes=10-60' } });
  t.is(part.status, 206);
  t.is(await part.text(), whole.slice(10, 61));
});

const tftpText = (lookup: BootLookup, name: string): string | undefined => {
  const bytes = lookup.tftp(name, '192.0.2.99');
  return bytes && Buffer.from(bytes).toString('latin1');
};

test('TFTP has what loaders ask for, with a slash in front and with backslashes', async (t) => {
  const lookup = await lookupOf(t, '');
  for (const name of ['undionly.kpxe', '/undionly.kpxe', '\\undionly.kpxe'])
    t.is(tftpText(lookup, name), 'undionly ');
  t.is(tftpText(lookup, 'shimx64.efi'), 'shim');
  t.is(tftpText(lookup, 'grubx64.efi'), 'signed grub');
  t.is(tftpText(lookup, '/grub/network.cfg'), '# functions\n');
  t.regex(tftpText(lookup, 'local-disk.efi') ?? '', /set server=192\.0\.2\.1; /);
});

test('TFTP has nothing else: not what shim and GRUB look for in vain, and not the file of HTTP boot', async (t) => {
  const lookup = await lookupOf(t, '');
  for (const name of [
    'merlin.efi',
    'revocations_sku.efi',
    'shim_certificate_0.efi',
    '/grub/x86_64-efi/command.lst',
    '/grub/grub.cfg-01-52-54-00-12-34',
    '/grub/grub.cfg-C0000263',
    '//undionly.kpxe',
    '../vmlinuz',
    'boot.json',
    'network\\local-disk.efi',
    '',
  ])
    t.is(tftpText(lookup, name), undefined, name);
});

test('the signed GRUB is told by TFTP what its device is to do, by either name', async (t) => {
  const lookup = await lookupOf(t, row(`mac = "${MAC}"`, 'merlin'));
  const expected = [
    'set action=merlin',
    'set wait=2',
    'set shell=off',
    'set password=off',
    'set server=192.0.2.1',
    "set arguments='nacre.server=http://192.0.2.1:8080'",
    'source (tftp,192.0.2.1)/grub/network.cfg',
    '',
  ].join('\n');
  t.is(tftpText(lookup, `/grub/grub.cfg-01-${DASHED}`), expected);
  t.is(tftpText(lookup, `/grub/device-${MAC}.cfg`), expected);
  t.true(tftpText(lookup, '/grub/grub.cfg')?.includes('device-$net_default_mac.cfg'));
  t.true(
    tftpText(lookup, '/grub/grub.cfg-01-52-54-00-ff-ff-ff')?.startsWith('set action=local-disk\n'),
  );
});

test('a file that is filled is joined once for each address, and the oldest is given up', async (t) => {
  const lookup = await lookupOf(t, '', { serverOf: ({ address }) => serverAt(address) });
  const first = lookup.tftp('local-disk.efi', '192.0.2.1');
  t.is(lookup.tftp('local-disk.efi', '192.0.2.1'), first);
  for (let last = 2; last < 40; last++) lookup.tftp('local-disk.efi', `192.0.2.${last}`);
  const again = lookup.tftp('local-disk.efi', '192.0.2.1');
  t.not(again, first);
  t.deepEqual(again, first);
});
