import type { Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { closeSocket, openSocket } from '../../../src/pxe/bound-socket.ts';
import { type DhcpOfferFacts, probeRivals, type Wait } from '../../../src/pxe/dhcp/rival-probe.ts';
import { readRequest } from '../../helpers/dhcp-answers.ts';
import { type OptionText, type RequestFields, requestBytes } from '../../helpers/dhcp-clients.ts';

const macText = (chaddr: Uint8Array): string =>
  Buffer.from(chaddr.subarray(0, 6))
    .toString('hex')
    .replace(/..(?=.)/g, '$&:');

interface Asked {
  readonly mac: string;
  readonly xid: number;
  readonly flags: number;
  readonly type: number;
}

/** A port of the loopback that is free now. */
const freePort = async (): Promise<number> => {
  const socket = await openSocket({ port: 0, address: '127.0.0.1' });
  const { port } = socket.address();
  await closeSocket(socket);
  return port;
};

type Answers = (asked: Asked) => readonly Uint8Array[];

/** A server of the loopback that answers what it likes; what it was asked is kept. */
const startServer = async (t: ExecutionContext, answers: Answers) => {
  const socket: Socket = await openSocket({ port: 0, address: '0.0.0.0' });
  t.teardown(() => closeSocket(socket));
  const asked: Asked[] = [];
  const events = new EventEmitter();
  socket.on('message', (bytes, { address, port }) => {
    const { chaddr, xid, flags, options } = readRequest(bytes);
    const type = Buffer.from(options.get(93) ?? [0, 0]).readUInt16BE();
    const one = { mac: macText(chaddr), xid, flags, type };
    asked.push(one);
    for (const answer of answers(one)) socket.send(answer, port, address);
    events.emit('something');
  });
  return { asked, events, ports: { server: socket.address().port, client: 0 } };
};

type Server = Awaited<ReturnType<typeof startServer>>;

/** Asks a server, each question until it was asked `questions` times in all or brought so many offers. */
const ask = (
  { asked, events, ports }: Server,
  { types = [0], offers = 1, questions = Number.POSITIVE_INFINITY } = {},
): Promise<readonly DhcpOfferFacts[]> => {
  let count = 0;
  let waits = 0;
  const wait: Wait = async () => {
    const wanted = offers * Math.ceil((waits + 1) / 2);
    const wantedQuestions = Math.min(questions, waits + 1);
    waits += 1;
    const isThere = (): boolean =>
      questions < Number.POSITIVE_INFINITY ? asked.length >= wantedQuestions : count >= wanted;
    while (!isThere()) await once(events, 'something');
    // What else was sent is read too.
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  };
  const onOffer = (): void => {
    count += 1;
    events.emit('something');
  };
  return probeRivals({ address: '127.0.0.1', ports, architectureTypes: types, wait, onOffer });
};

const offer = (
  { mac, xid }: Asked,
  options: readonly OptionText[],
  fields: Partial<RequestFields> = {},
): Uint8Array => requestBytes({ op: 2, mac, xid, ...fields, options: [[53, '02'], ...options] });

const NOTHING = { address: undefined, bootFile: undefined, bootServer: undefined };

for (const [title, options, fields, facts] of [
  [
    'of a plain DHCP server',
    [[54, '0a4d0002']],
    { yiaddr: '10.77.0.50' },
    { server: '10.77.0.2', address: '10.77.0.50' },
  ],
  [
    'without an identifier',
    [],
    { yiaddr: '10.77.0.50' },
    { server: '127.0.0.1', address: '10.77.0.50' },
  ],
  [
    'of a PXE service',
    [
      [54, '0a4d0002'],
      [60, "'PXEClient"],
    ],
    { siaddr: '10.77.0.7', file: Buffer.from('undionly.kpxe') },
    {
      server: '10.77.0.2',
      bootFile: 'undionly.kpxe',
      bootServer: '10.77.0.7',
      vendorClass: 'PXEClient',
    },
  ],
  [
    'with file and server as options',
    [
      [54, '0a4d0002'],
      [67, "'boot.efi"],
      [66, "'tftp.example"],
    ],
    {},
    { server: '10.77.0.2', bootFile: 'boot.efi', bootServer: 'tftp.example' },
  ],
  [
    'with text that a terminal would obey',
    [
      [67, '1b5b324a9b'],
      [66, '0a'],
    ],
    {},
    { server: '127.0.0.1', bootFile: '\\x1b[2J\\x9b', bootServer: '\\x0a' },
  ],
] as const) {
  test(`an offer ${title} is told as it is`, async (t) => {
    const server = await startServer(t, (asked) => [offer(asked, options, fields)]);
    t.deepEqual(await ask(server), [
      { ...NOTHING, vendorClass: undefined, architectureType: 0, ...facts },
    ]);
  });
}

test('each kind of machine is asked for in turn, by one made-up MAC that no maker has', async (t) => {
  const server = await startServer(t, (one) => [offer(one, [[54, '0a4d0002']])]);
  const { asked } = server;
  const offers = await ask(server, { types: [0, 7] });
  t.deepEqual(
    offers.map(({ architectureType }) => architectureType),
    [0, 7],
  );
  t.deepEqual(
    asked.map(({ type, flags }) => [type, flags]),
    [
      [0, 0x8000],
      [7, 0x8000],
    ],
  );
  t.is(new Set(asked.map(({ mac }) => mac)).size, 1);
  t.is(new Set(asked.map(({ xid }) => xid)).size, 2);
  t.regex(asked[0]?.mac ?? '', /^.[26ae]:/);
});

test('what is no offer for the question is passed over', async (t) => {
  const server = await startServer(t, (asked) => [
    Buffer.alloc(300),
    offer(asked, [], { xid: (asked.xid ^ 1) >>> 0 }),
    offer(asked, [], { mac: '52:54:00:00:00:01' }),
    offer(asked, [], { op: 1 }),
    requestBytes({ op: 2, mac: asked.mac, xid: asked.xid, options: [[53, '05']] }),
    offer(asked, [[54, '0a4d']]),
    offer(asked, [[54, '0a4d0003']]),
    offer(asked, [[54, '0a4d0003']]),
  ]);
  t.deepEqual(
    (await ask(server)).map((one) => one.server),
    ['10.77.0.3'],
  );
});

test('a server that floods with offers fills no memory', async (t) => {
  const server = await startServer(t, (asked) =>
    Array.from({ length: 100 }, (_, at) => offer(asked, [], { yiaddr: `10.77.0.${at + 1}` })),
  );
  t.is((await ask(server, { offers: 64 })).length, 64);
});

test('a question without an answer is asked once more', async (t) => {
  const server = await startServer(t, () => []);
  const { asked } = server;
  t.deepEqual(await ask(server, { questions: 2 }), []);
  t.is(asked.length, 2);
  t.is(asked[0]?.xid, asked[1]?.xid);
});

test('a probe can be cancelled, and gives its port back', async (t) => {
  const abort = new AbortController();
  const { ports } = await startServer(t, () => {
    abort.abort();
    return [];
  });
  const client = await freePort();
  const wish = {
    ...{ address: '127.0.0.1', waitMs: 60_000, signal: abort.signal },
    ports: { ...ports, client },
  };
  await t.throwsAsync(probeRivals(wish), { code: 'CANCELLED' });
  await t.throwsAsync(probeRivals(wish), { code: 'CANCELLED' });
  await closeSocket(await openSocket({ port: client, address: '0.0.0.0' }));
});

test('a port of clients that is taken is refused, and the other stays free', async (t) => {
  const taken = await openSocket({ port: 0, address: '127.0.0.1' });
  t.teardown(() => closeSocket(taken));
  const ports = { server: 1, client: taken.address().port };
  await t.throwsAsync(probeRivals({ address: '127.0.0.1', ports }), { code: 'PXE_PORT_TAKEN' });
});
