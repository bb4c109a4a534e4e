import test from 'ava';
import { OPTION } from '../../src/codec/dhcp-options.ts';
import {
  architectureTypesOf,
  BOOT_WHAT_IS_NAMED,
  isFromIpxe,
  machineUuidOf,
  vendorClassOf,
} from '../../src/codec/pxe-options.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const one = (code: number, value: Uint8Array) => new Map([[code, value]]);

for (const [text, vendorClass] of [
  ['PXEClient', 'PXEClient'],
  ['PXEClient:Arch:00007:UNDI:003000', 'PXEClient'],
  ['PXEClient\0', 'PXEClient'],
  ['HTTPClient:Arch:00016:UNDI:003000', 'HTTPClient'],
  ['PXEClientele', undefined],
  ['MSFT 5.0', undefined],
  ['pxeclient', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(text)} in option 60 names ${vendorClass ?? 'no boot client'}`, (t) => {
    t.is(vendorClassOf(one(OPTION.vendorClass, Buffer.from(text))), vendorClass);
  });
}

test('without option 60 there is no vendor class', (t) =>
  t.is(vendorClassOf(new Map()), undefined));

test('the types of processor are read in the order of the client', (t) => {
  t.deepEqual(architectureTypesOf(one(93, bytes('0007 0009 ffff'))), [7, 9, 65535]);
  t.deepEqual(architectureTypesOf(new Map()), []);
});

test('the nested list of every answer turns off multicast and broadcast discovery and the menu', (t) => {
  t.deepEqual([...BOOT_WHAT_IS_NAMED], [6, 1, 8, 255]);
});

for (const [title, code, hex, isIpxe] of [
  ['the bare user class of iPXE', 77, '69505845', true],
  ['a list of user classes with iPXE', 77, '03 61 62 63 04 69505845', true],
  ['another user class', 77, '67505845', false],
  ['a user class list that runs past its end', 77, 'ff 69505845', true],
  ['the options of iPXE', 175, 'eb03010000', true],
  ['an empty option 175', 175, '', false],
  ['an option 175 that is no list', 175, 'eb', false],
  ['neither', 60, '505845436c69656e74', false],
] as const) {
  test(`${title} ${isIpxe ? 'is from iPXE' : 'is not from iPXE'}`, (t) => {
    t.is(isFromIpxe(one(code, bytes(hex))), isIpxe);
  });
}

const UUID = '00112233-4455-6677-8899-aabbccddeeff';

test('firmware and iPXE of one machine name the same UUID, though in another order of bytes', (t) => {
  const firmware = one(97, bytes('00 33221100 5544 7766 8899aabbccddeeff'));
  const ipxe = one(97, bytes('00 00112233 4455 6677 8899aabbccddeeff'));
  t.is(machineUuidOf(firmware), UUID);
  t.is(machineUuidOf(new Map([...ipxe, [77, Buffer.from('iPXE')]])), UUID);
});

for (const [title, value] of [
  ['all zero', `00${'00'.repeat(16)}`],
  ['all ones', `00${'ff'.repeat(16)}`],
  ['of another length', '0011'],
] as const) {
  test(`a UUID that is ${title} is none`, (t) =>
    t.is(machineUuidOf(one(97, bytes(value))), undefined));
}

test('without option 97 there is no UUID', (t) => t.is(machineUuidOf(new Map()), undefined));
