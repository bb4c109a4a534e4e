import test from 'ava';
import {
  type DhcpMessage,
  MESSAGE_TYPES,
  macOf,
  parseDhcp,
  serializeDhcp,
} from '../../src/codec/dhcp.ts';
import { byteText } from '../../src/codec/dhcp-options.ts';
import {
  discoverOf,
  type OptionText,
  optionBytes,
  ovmfAtPxePort,
  requestBytes,
} from '../helpers/dhcp-clients.ts';

const DISCOVER: OptionText = [53, '01'];

const read = (bytes: Uint8Array, operation?: 'request' | 'reply'): DhcpMessage => {
  const message = parseDhcp(Uint8Array.from(bytes), operation);
  if (typeof message === 'string') throw new Error(`dropped for its ${message}`);
  return message;
};

const texts = (message: DhcpMessage): Record<string, string> =>
  Object.fromEntries(
    [...message.options].map(([code, value]) => [code, Buffer.from(value).toString('hex')]),
  );

for (const [name, bytes, length, flags, codes] of [
  ['the ROM of iPXE', discoverOf.ipxeRom(), 400, 0, [57, 93, 94, 60, 77, 55, 175, 61, 97]],
  ['undionly.kpxe', discoverOf.undionly(), 377, 0x8000, [57, 93, 94, 60, 77, 55, 175, 61, 97]],
  ['snponly.efi', discoverOf.snponly(), 388, 0, [57, 93, 94, 60, 77, 55, 175, 61, 97]],
  ['OVMF by PXE', discoverOf.ovmfPxe(), 347, 0x8000, [57, 55, 97, 94, 93, 60]],
  ['OVMF by HTTP', discoverOf.ovmfHttp(), 341, 0x8000, [57, 55, 97, 94, 93, 60]],
] as const) {
  test(`the first request of ${name} is read`, (t) => {
    t.is(bytes.length, length);
    const message = read(bytes);
    const { type, hops, xid, secs, ciaddr, giaddr } = message;
    t.deepEqual(
      { type, hops, xid, secs, ciaddr, giaddr },
      { type: 'DISCOVER', hops: 0, xid: 0x11223344, secs: 0, ciaddr: '0.0.0.0', giaddr: '0.0.0.0' },
    );
    t.is(message.flags, flags);
    t.is(macOf(message), '52:54:00:12:34:56');
    t.deepEqual([...message.options.keys()].sort(), [...codes].sort());
  });

  test(`what ${name} sends is read and written again with the same meaning`, (t) => {
    const message = read(bytes);
    t.deepEqual(read(serializeDhcp(message, 'request')), message);
  });

  test(`what ${name} sends, cut at any length, is dropped or a message with fewer options`, (t) => {
    const whole = read(bytes).options;
    for (let end = 0; end < bytes.length; end++) {
      const message = parseDhcp(bytes.subarray(0, end));
      if (typeof message === 'string') {
        t.regex(message, /^(length|options|option 53)$/, `cut at ${end}`);
        continue;
      }
      t.true([...message.options.keys()].every((code) => whole.has(code)));
      t.true(end === bytes.length - 1 || message.options.size < whole.size);
    }
  });
}

test('a request at port 4011 has an address and no server', (t) => {
  const message = read(ovmfAtPxePort());
  t.like(message, { type: 'REQUEST', ciaddr: '10.77.0.50', flags: 0 });
  t.is(message.options.get(54), undefined);
});

test('every message type is read and written', (t) => {
  for (const type of Object.keys(MESSAGE_TYPES) as (keyof typeof MESSAGE_TYPES)[]) {
    const bytes = requestBytes({ options: [[53, `0${MESSAGE_TYPES[type]}`]] });
    t.is(read(bytes).type, type);
    t.deepEqual(read(serializeDhcp({ ...read(bytes), type }, 'request')), read(bytes));
  }
});

test('a message has the bytes of RFC 2131', (t) => {
  const bytes = serializeDhcp(
    {
      ...read(discoverOf.ovmfPxe()),
      ...{ type: 'OFFER', hops: 1, xid: 0xfedcba98, secs: 258, ciaddr: '1.2.3.4' },
      ...{ yiaddr: '5.6.7.8', siaddr: '9.10.11.12', giaddr: '13.14.15.16' },
      ...{ sname: 'server', file: 'boot.efi' },
      options: new Map([
        [82, Uint8Array.of(1)],
        [54, Uint8Array.of(10, 77, 0, 1)],
      ]),
    },
    'reply',
  );
  t.is(bytes.length, 300);
  const hex = Buffer.from(bytes).toString('hex');
  t.is(
    hex.slice(0, 88),
    '02010601fedcba9801028000010203040506070809 0a0b0c0d0e0f10'.replaceAll(' ', '') +
      '525400123456'.padEnd(32, '0'),
  );
  t.is(Buffer.from(bytes.subarray(44, 51)).toString('latin1'), 'server\0');
  t.is(Buffer.from(bytes.subarray(108, 117)).toString('latin1'), 'boot.efi\0');
  t.is(hex.slice(472, 510), `63825363${'350102'}36040a4d0001${'520101'}${'ff00'}00`.slice(0, 38));
});

for (const [field, offset, value] of [
  ['op', 0, 2],
  ['op', 0, 0],
  ['htype', 1, 6],
  ['hlen', 2, 5],
  ['hlen', 2, 16],
  ['chaddr', 28, 0x53],
  ['cookie', 236, 0x62],
  ['cookie', 239, 0x64],
  ['option 53', 242, 0],
  ['option 53', 242, 9],
] as const) {
  test(`a message whose byte ${offset} is ${value} is dropped for its ${field}`, (t) => {
    const bytes = discoverOf.ovmfPxe();
    bytes[offset] = value;
    t.is(parseDhcp(bytes), field);
  });
}

test('a message without a hardware address is dropped', (t) => {
  t.is(parseDhcp(requestBytes({ mac: '00:00:00:00:00:00', options: [DISCOVER] })), 'chaddr');
});

test('a reply is dropped where a request is wanted, and the other way round', (t) => {
  const reply = requestBytes({ op: 2, options: [[53, '02']] });
  t.is(parseDhcp(reply), 'op');
  t.is(read(reply, 'reply').type, 'OFFER');
  t.is(parseDhcp(discoverOf.ovmfPxe(), 'reply'), 'op');
});

test('a message of up to 1500 bytes is read', (t) => {
  const padded = (length: number): Uint8Array =>
    requestBytes({ options: [DISCOVER], tail: Buffer.alloc(length - 243) });
  t.is(read(padded(1500)).type, 'DISCOVER');
  t.is(parseDhcp(padded(1501)), 'length');
});

for (const [title, options, flaw] of [
  ['without a type', [[60, "'PXEClient"]], 'option 53'],
  ['with a type of two bytes', [[53, '0101']], 'option 53'],
  ['with two types', [DISCOVER, DISCOVER], 'option 53'],
  ['that asks for half an address', [DISCOVER, [50, '0a4d']], 'option 50'],
  ['with a server of three bytes', [DISCOVER, [54, '0a4d00']], 'option 54'],
  ['that takes one byte less than every client must', [DISCOVER, [57, '023f']], 'option 57'],
  ['with a largest message of one byte', [DISCOVER, [57, '02']], 'option 57'],
  ['with a client identifier of one byte', [DISCOVER, [61, '01']], 'option 61'],
  ['with half a type of processor', [DISCOVER, [93, '000700']], 'option 93'],
  ['with no type of processor in option 93', [DISCOVER, [93, '']], 'option 93'],
  ['with a card of two bytes', [DISCOVER, [94, '0102']], 'option 94'],
  ['with a UUID of 15 bytes', [DISCOVER, [97, '00'.repeat(16)]], 'option 97'],
  [
    'with a machine identifier that is no UUID',
    [DISCOVER, [97, `01${'11'.repeat(16)}`]],
    'option 97',
  ],
  ['with an overload of 0', [DISCOVER, [52, '00']], 'option 52'],
  ['with an overload of 4', [DISCOVER, [52, '04']], 'option 52'],
  ['with an overload of two bytes', [DISCOVER, [52, '0101']], 'option 52'],
] as const) {
  test(`a message ${title} is dropped`, (t) => t.is(parseDhcp(requestBytes({ options })), flaw));
}

test('the least largest message that a client may name is read', (t) => {
  t.is(texts(read(requestBytes({ options: [DISCOVER, [57, '0240']] })))[57], '0240');
});

const inField = (length: number, options: readonly OptionText[]): Buffer =>
  Buffer.concat([optionBytes(options), Buffer.of(255)], length);

test('options go on in the file and then in the server name, each in its order', (t) => {
  const message = read(
    requestBytes({
      options: [DISCOVER, [52, '03'], [12, "'a"]],
      file: inField(128, [
        [12, "'b"],
        [60, "'PXEClient"],
      ]),
      sname: inField(64, [[12, "'c"]]),
    }),
  );
  t.deepEqual(texts(message), { 12: '616263', 60: '505845436c69656e74' });
  t.is(message.file, '');
  t.is(message.sname, '');
});

for (const [bits, file, sname, host] of [
  ['01', '', 'server', '6162'],
  ['02', 'boot', '', '6163'],
] as const) {
  test(`an overload of ${bits} leaves the other field a text`, (t) => {
    const more = { file: inField(128, [[12, "'b"]]), sname: inField(64, [[12, "'c"]]) };
    const plain = { file: Buffer.from('boot\0x'), sname: Buffer.from('server\0x') };
    const message = read(
      requestBytes({
        options: [DISCOVER, [52, bits], [12, "'a"]],
        file: bits === '01' ? more.file : plain.file,
        sname: bits === '02' ? more.sname : plain.sname,
      }),
    );
    t.deepEqual([message.file, message.sname, texts(message)[12]], [file, sname, host]);
  });
}

test('an overload inside of an overloaded field means nothing', (t) => {
  const message = read(
    requestBytes({
      options: [DISCOVER, [52, '01']],
      file: inField(128, [
        [52, '02'],
        [12, "'b"],
      ]),
      sname: inField(64, [[12, "'c"]]),
    }),
  );
  t.deepEqual(texts(message), { 12: '62' });
});

test('without an overload nothing is read from the fields', (t) => {
  const message = read(requestBytes({ options: [DISCOVER], file: inField(128, [[12, "'b"]]) }));
  t.deepEqual(texts(message), {});
});

test('a message whose overloaded field is cut in an option is dropped', (t) => {
  const file = Buffer.alloc(128, 0);
  file.set([12, 200], 120);
  t.is(parseDhcp(requestBytes({ options: [DISCOVER, [52, '01']], file })), 'options');
});

test('more than 128 options in all fields together are dropped', (t) => {
  const small = (count: number): OptionText[] => Array.from({ length: count }, () => [12, '']);
  const with63 = { options: [DISCOVER, [52, '01'], ...small(63)] as OptionText[] };
  t.is(texts(read(requestBytes({ ...with63, file: inField(128, small(63)) })))[12], '');
  t.is(parseDhcp(requestBytes({ ...with63, file: optionBytes(small(64)) })), 'options');
});

test('an option in two pieces is one, and its length is checked whole', (t) => {
  t.is(
    texts(read(requestBytes({ options: [DISCOVER, [54, '0a4d'], [54, '0001']] })))[54],
    '0a4d0001',
  );
  t.is(parseDhcp(requestBytes({ options: [[54, '0a4d0001'], DISCOVER, [54, '00']] })), 'option 54');
});

test('a value of more than 255 bytes comes back whole', (t) => {
  const url = `http://10.77.0.1/${'a'.repeat(300)}`;
  const message = { ...read(discoverOf.ovmfHttp()), options: new Map([[67, Buffer.from(url)]]) };
  t.is(
    byteText(read(serializeDhcp(message, 'reply'), 'reply').options.get(67) ?? Buffer.of()),
    url,
  );
});

test('text that does not fit its field is a mistake of the program', (t) => {
  const message = read(discoverOf.ovmfPxe());
  t.is(read(serializeDhcp({ ...message, file: 'f'.repeat(127) }, 'request')).file.length, 127);
  t.throws(() => serializeDhcp({ ...message, file: 'f'.repeat(128) }, 'request'), {
    instanceOf: TypeError,
  });
  t.throws(() => serializeDhcp({ ...message, sname: 's'.repeat(64) }, 'request'), {
    instanceOf: TypeError,
  });
});
