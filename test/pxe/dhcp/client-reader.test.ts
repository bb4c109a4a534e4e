import test from 'ava';
import { parseDhcp } from '../../../src/codec/dhcp.ts';
import { readNetworkClient } from '../../../src/pxe/dhcp/client-reader.ts';
import type { NetworkClient } from '../../../src/pxe/network-client.ts';
import { discoverOf, type OptionText, requestBytes, TEST_MAC } from '../../helpers/dhcp-clients.ts';

const clientOf = (bytes: Uint8Array): NetworkClient | undefined => {
  const message = parseDhcp(bytes);
  if (typeof message === 'string') throw new Error(`dropped for its ${message}`);
  return readNetworkClient(message);
};

for (const [name, bytes, architecture, transport, isIpxe] of [
  ['the ROM of iPXE', discoverOf.ipxeRom(), 'bios', 'tftp', true],
  ['undionly.kpxe', discoverOf.undionly(), 'bios', 'tftp', true],
  ['snponly.efi', discoverOf.snponly(), 'efi-x64', 'tftp', true],
  ['OVMF by PXE', discoverOf.ovmfPxe(), 'efi-x64', 'tftp', false],
  ['OVMF by HTTP', discoverOf.ovmfHttp(), 'efi-x64', 'http', false],
] as const) {
  test(`${name} is known for what it is`, (t) => {
    const uuid = undefined;
    t.deepEqual(clientOf(bytes), { mac: TEST_MAC, uuid, architecture, transport, isIpxe });
  });
}

const withOptions = (vendorClass: string, ...more: readonly OptionText[]): Uint8Array =>
  requestBytes({ options: [[53, '01'], [60, vendorClass], ...more] });

for (const [types, vendorClass, architecture, transport] of [
  ['0000', "'PXEClient", 'bios', 'tftp'],
  ['0002', "'PXEClient", 'other', 'tftp'],
  ['0006', "'PXEClient", 'efi-ia32', 'tftp'],
  ['0007', "'PXEClient", 'efi-x64', 'tftp'],
  ['0009', "'PXEClient", 'efi-x64', 'tftp'],
  ['000a', "'PXEClient", 'efi-arm32', 'tftp'],
  ['000b', "'PXEClient", 'efi-arm64', 'tftp'],
  ['000f', "'HTTPClient", 'efi-ia32', 'http'],
  ['0010', "'HTTPClient", 'efi-x64', 'http'],
  ['0011', "'HTTPClient", 'efi-x64', 'http'],
  ['0012', "'HTTPClient", 'efi-arm32', 'http'],
  ['0013', "'HTTPClient", 'efi-arm64', 'http'],
  ['0014', "'HTTPClient", 'bios', 'http'],
  ['001b', "'PXEClient", 'other', 'tftp'],
  ['001c', "'HTTPClient", 'other', 'http'],
  ['00ff 0007', "'PXEClient", 'efi-x64', 'tftp'],
  ['0006 0007', "'PXEClient", 'efi-ia32', 'tftp'],
] as const) {
  test(`types ${types} of a client with 60=${vendorClass.slice(1)} are ${architecture}`, (t) => {
    const client = clientOf(withOptions(vendorClass, [93, types]));
    t.like(client, { architecture, transport, isIpxe: false });
  });
}

test('a client without option 93 is a BIOS, whatever the text of option 60 says', (t) => {
  t.is(clientOf(withOptions("'PXEClient:Arch:00007:UNDI:003000"))?.architecture, 'bios');
});

test('a UUID is read', (t) => {
  const client = clientOf(
    withOptions("'PXEClient", [97, '00 33221100 5544 7766 8899aabbccddeeff']),
  );
  t.is(client?.uuid, '00112233-4455-6677-8899-aabbccddeeff');
});

test('a request that is not about starting from the network has no such client', (t) => {
  t.is(clientOf(withOptions("'MSFT 5.0", [93, '0007'])), undefined);
  t.is(clientOf(requestBytes({ options: [[53, '01']] })), undefined);
});
