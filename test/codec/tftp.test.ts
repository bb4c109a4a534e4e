import test from 'ava';
import {
  OPTION_LIMIT,
  parseTftpPacket,
  putDataHead,
  REQUEST_LIMIT_BYTES,
  serializeTftpPacket,
  type TftpOption,
  type WritableTftpPacket,
} from '../../src/codec/tftp.ts';
import { Random } from '../helpers/random.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** With content as numbers: a view keeps the class of its buffer. */
const plain = (packet: ReturnType<typeof parseTftpPacket>) =>
  packet.kind === 'data' ? { ...packet, content: [...packet.content] } : packet;

const EDK2_OPTIONS: readonly TftpOption[] = [
  { name: 'tsize', value: '0' },
  { name: 'blksize', value: '1468' },
  { name: 'windowsize', value: '4' },
];

/** As real clients and servers have them on the wire, and as RFC 1350, 2347 and 7440 draw them. */
const KNOWN: readonly (readonly [string, string, WritableTftpPacket])[] = [
  [
    'the size probe of UEFI firmware',
    '\0\x01boot.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0',
    { kind: 'read-request', name: 'boot.efi', mode: 'octet', options: EDK2_OPTIONS },
  ],
  [
    'a request without options',
    '\0\x01a\0netascii\0',
    { kind: 'read-request', name: 'a', mode: 'netascii', options: [] },
  ],
  ['DATA', '\0\x03\x01\x02abc', { kind: 'data', block: 258, content: bytes('abc') }],
  ['empty DATA', '\0\x03\xff\xff', { kind: 'data', block: 65_535, content: bytes('') }],
  ['an ACK', '\0\x04\x80\x00', { kind: 'ack', block: 32_768 }],
  [
    'an ERROR',
    '\0\x05\0\x08User aborted the transfer\0',
    { kind: 'error', code: 8, message: 'User aborted the transfer' },
  ],
  [
    'an OACK',
    '\0\x06tsize\x000\0blksize\x001468\0windowsize\x004\0',
    { kind: 'oack', options: EDK2_OPTIONS },
  ],
];

for (const [what, wire, packet] of KNOWN) {
  test(`${what} has its documented bytes`, (t) => {
    t.deepEqual(Buffer.from(serializeTftpPacket(packet)), bytes(wire));
    t.deepEqual(parseTftpPacket(bytes(wire)), packet);
  });

  test(`${what} that is cut off anywhere is malformed, or a shorter one of its kind`, (t) => {
    for (let length = 0; length < wire.length; length++) {
      const parsed = parseTftpPacket(bytes(wire.slice(0, length)));
      if (parsed.kind === 'malformed') {
        const isRequest = packet.kind === 'read-request' && length >= 2;
        t.is(parsed.answer, isRequest ? 'illegal-operation' : 'silence', `${length}`);
      } else {
        t.is(parsed.kind, packet.kind);
        // What is left of it says the same again: nothing was made up.
        t.deepEqual(
          plain(parseTftpPacket(serializeTftpPacket(parsed as WritableTftpPacket))),
          plain(parsed),
        );
      }
    }
  });
}

test('a request ends in a NUL, and each option has a value', (t) => {
  const whole = '\0\x01a\0octet\0blksize\x00512\0';
  const shorter = [whole.length, '\0\x01a\0octet\0'.length];
  for (let length = 2; length <= whole.length; length++) {
    const { kind } = parseTftpPacket(bytes(whole.slice(0, length)));
    t.is(kind, shorter.includes(length) ? 'read-request' : 'malformed', `${length}`);
  }
});

const randomText = (random: Random): string =>
  Array.from({ length: 1 + random.below(20) }, () =>
    String.fromCharCode(1 + random.below(255)),
  ).join('');

test('what is serialized is parsed to the same', (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const options = Array.from({ length: random.below(6) }, () => ({
      name: randomText(random),
      value: randomText(random),
    }));
    const packets: readonly WritableTftpPacket[] = [
      {
        kind: 'read-request',
        name: randomText(random),
        mode: random.pick(['octet', 'netascii']),
        options,
      },
      { kind: 'oack', options: [{ name: 'a', value: '' }, ...options] },
      { kind: 'data', block: random.below(65_536), content: random.bytes(random.below(600)) },
      { kind: 'ack', block: random.below(65_536) },
      { kind: 'error', code: random.below(65_536), message: randomText(random) },
    ];
    for (const packet of packets) {
      const parsed = parseTftpPacket(serializeTftpPacket(packet));
      t.deepEqual(plain(parsed), plain(packet), `seed ${seed}`);
    }
  }
});

const MALFORMED: readonly (readonly [string, string, 'silence' | 'illegal-operation'])[] = [
  ['nothing', '', 'silence'],
  ['one byte', '\0', 'silence'],
  ['opcode 0', '\0\0f\0octet\0', 'silence'],
  ['opcode 7', '\0\x07f\0octet\0', 'silence'],
  ['opcode 257', '\x01\x01f\0octet\0', 'silence'],
  ['1400 zeros', '\0'.repeat(1400), 'silence'],
  ['an ACK of 3 bytes', '\0\x04\0', 'silence'],
  ['an ERROR of 2 bytes', '\0\x05', 'silence'],
  ['an OACK whose value does not end', '\0\x06blksize\x00512', 'silence'],
  ['an OACK of padding', '\0\x06\0\0', 'silence'],
  ['an OACK without a value', '\0\x06blksize\0', 'silence'],
  ['an OACK above 512 bytes', `\0\x06a\0${'1'.repeat(600)}\0`, 'silence'],
  ['a request of an opcode only', '\0\x01', 'illegal-operation'],
  ['a name that does not end', '\0\x01f', 'illegal-operation'],
  ['no mode', '\0\x01f\0', 'illegal-operation'],
  ['a mode that does not end', '\0\x01f\0octet', 'illegal-operation'],
  ['an empty name', '\0\x01\0octet\0', 'illegal-operation'],
  ['mode foo', '\0\x01f\0foo\0', 'illegal-operation'],
  ['mode mail', '\0\x01f\0mail\0', 'illegal-operation'],
  ['mode octets', '\0\x01f\0octets\0', 'illegal-operation'],
  ['an option without a value', '\0\x01f\0octet\0blksize\0', 'illegal-operation'],
  ['a value that does not end', '\0\x01f\0octet\0blksize\x001000', 'illegal-operation'],
  [
    '100 options of the same name',
    `\0\x01f\0octet\0${'tsize\x000\0'.repeat(100)}`,
    'illegal-operation',
  ],
  ['a name of 60000 bytes', `\0\x01${'A'.repeat(60_000)}`, 'illegal-operation'],
];

for (const [what, wire, answer] of MALFORMED) {
  test(`${what}: ${answer}`, (t) => {
    const parsed = parseTftpPacket(bytes(wire));
    t.like(parsed, { kind: 'malformed', answer });
  });
}

test('a request of 512 bytes is the longest', (t) => {
  const request = (length: number): string => `\0\x01${'n'.repeat(length - 9)}\0octet\0`;
  t.is(parseTftpPacket(bytes(request(REQUEST_LIMIT_BYTES))).kind, 'read-request');
  t.is(parseTftpPacket(bytes(request(REQUEST_LIMIT_BYTES + 1))).kind, 'malformed');
});

test('options behind the sixteenth are passed over', (t) => {
  const parsed = parseTftpPacket(bytes(`\0\x01f\0octet\0${'o\x001\0'.repeat(40)}`));
  t.is(parsed.kind === 'read-request' && parsed.options.length, OPTION_LIMIT);
});

test('padding behind a request is passed over', (t) => {
  for (let length = 0; length < 20; length++) {
    const parsed = parseTftpPacket(bytes(`\0\x01f\0octet\0tsize\x000\0${'\0'.repeat(length)}`));
    t.like(parsed, { kind: 'read-request', options: [{ name: 'tsize', value: '0' }] });
  }
});

test('the mode has no case, the name has', (t) => {
  t.like(parseTftpPacket(bytes('\0\x01F.bin\0OcTeT\0')), { name: 'F.bin', mode: 'octet' });
});

test('each byte of a name is a character of its own', (t) => {
  t.like(parseTftpPacket(bytes('\0\x01\xff\xfe\n\x1b\0octet\0')), { name: '\u00ff\u00fe\n\u001b' });
});

test('a write request is known without reading it', (t) => {
  for (const wire of ['\0\x02', '\0\x02f\0octet\0', '\0\x02\0', `\0\x02${'x'.repeat(1000)}`])
    t.deepEqual(parseTftpPacket(bytes(wire)), { kind: 'write-request' });
});

test('bytes behind an ACK and behind the text of an ERROR are passed over', (t) => {
  t.deepEqual(parseTftpPacket(bytes('\0\x04\0\x01zzzz')), { kind: 'ack', block: 1 });
  const error = { kind: 'error', code: 1, message: 'no' } as const;
  t.deepEqual(parseTftpPacket(bytes('\0\x05\0\x01no\0zzz')), error);
  t.deepEqual(parseTftpPacket(bytes('\0\x05\0\x01no')), error);
  t.deepEqual(parseTftpPacket(bytes('\0\x05\0\x01')), { ...error, message: '' });
});

test('a wrong byte in either half of an opcode makes another datagram or none', (t) => {
  const ack = bytes('\0\x04\0\x01');
  for (const offset of [0, 1]) {
    for (let value = 1; value < 256; value++) {
      const changed = Uint8Array.from(ack);
      changed[offset] = value;
      const isAck = offset === 1 && value === 4;
      t.is(parseTftpPacket(changed).kind === 'ack', isAck);
    }
  }
});

test('block numbers roll over at 65536 in the head of DATA', (t) => {
  const datagram = new Uint8Array(4);
  for (const [block, head] of [
    [65_535, [0, 3, 255, 255]],
    [65_536, [0, 3, 0, 0]],
    [65_537, [0, 3, 0, 1]],
  ] as const) {
    putDataHead(datagram, block);
    t.deepEqual([...datagram], [...head]);
  }
});
