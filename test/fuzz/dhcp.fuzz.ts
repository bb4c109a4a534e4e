/** DHCP: what is read is written and read again with the same meaning, and whatever came gets an answer that fits. */
import assert from 'node:assert/strict';
import { type DhcpMessage, parseDhcp, serializeDhcp } from '../../src/codec/dhcp.ts';
import { nestedOptions, OPTION } from '../../src/codec/dhcp-options.ts';
import { printable } from '../../src/codec/printable.ts';
import { machineUuidOf } from '../../src/codec/pxe-options.ts';
import { readNetworkClient } from '../../src/pxe/dhcp/client-reader.ts';
import { type AnsweringServer, DHCP_PORTS } from '../../src/pxe/dhcp/dhcp-answer.ts';
import { leaseAnswer, leaseOutcome } from '../../src/pxe/dhcp/lease-answer.ts';
import { parseLeaseRange } from '../../src/pxe/dhcp/lease-range.ts';
import { LeaseTable } from '../../src/pxe/dhcp/lease-table.ts';
import { proxyAnswer, pxePortAnswer } from '../../src/pxe/dhcp/proxy-answer.ts';
import type { NetworkAnswer } from '../../src/pxe/network-client.ts';
import { discoverOf, optionBytes, ovmfAtPxePort, requestBytes } from '../helpers/dhcp-clients.ts';

const HOME = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
const SERVER: AnsweringServer = { address: HOME.address, httpPort: 80, ports: DHCP_PORTS };
const SETTINGS = { interface: HOME, leaseSeconds: 600 };
let nowMs = 0;
const TABLE = new LeaseTable({
  range: parseLeaseRange('10.77.0.100-10.77.0.120', [HOME]),
  leaseSeconds: 600,
  now: () => {
    nowMs += 1000;
    return nowMs;
  },
});

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  ...Object.values(discoverOf).map((make) => make()),
  ovmfAtPxePort(),
  requestBytes({
    giaddr: '10.77.0.9',
    hops: 1,
    options: [
      [53, '03'],
      [54, '0a4d0001'],
      [50, '0a4d0064'],
      [82, '0102aabb'],
      [52, '01'],
    ],
    file: Buffer.concat([optionBytes([[60, "'PXEClient"]]), Buffer.of(255)]),
  }),
];

/** Its options in the order in which they are written: those of a relay last. */
const withRelayLast = (message: DhcpMessage): DhcpMessage => {
  const options = new Map(message.options);
  const relay = options.get(OPTION.relayAgent);
  if (relay === undefined || !options.delete(OPTION.relayAgent)) return message;
  return { ...message, options: options.set(OPTION.relayAgent, relay) };
};

const checkAgain = (message: DhcpMessage): void => {
  const bytes = serializeDhcp(message, 'request');
  if (bytes.length > 1500) return;
  const again = parseDhcp(bytes);
  // Pieces that were too many to be read are never written: joined options are fewer.
  assert(typeof again !== 'string', `its own message is dropped for ${String(again)}`);
  assert.deepEqual([...again.options], [...withRelayLast(message).options]);
  assert.deepEqual({ ...again, options: 0 }, { ...message, options: 0 });
};

const checkAnswers = (request: DhcpMessage): void => {
  const client = readNetworkClient(request);
  const answer: NetworkAnswer = {
    kind: 'file',
    name: 'boot.efi',
    transport: client?.transport ?? 'tftp',
    reason: 'policy-merlin',
  };
  const wish = client === undefined ? undefined : { client, answer };
  const outcome = leaseOutcome(request, TABLE, HOME);
  const made = [leaseAnswer(request, outcome, SETTINGS, { server: SERVER, wish })];
  if (wish !== undefined) {
    const question = { request, ...wish, server: SERVER };
    made.push(proxyAnswer(question), pxePortAnswer(question, { address: '10.77.0.7', port: 68 }));
  }
  for (const one of made) {
    if (one.kind === 'silence') continue;
    assert(one.bytes.length >= 300 && one.bytes.length <= 548);
    const reply = parseDhcp(one.bytes, 'reply');
    assert(typeof reply !== 'string', `an answer is dropped for ${String(reply)}`);
    assert.equal(reply.xid, request.xid);
    assert.deepEqual([...reply.chaddr], [...request.chaddr]);
  }
};

/** One input; throws only when something is wrong. */
export const run = (input: Uint8Array): void => {
  const bytes = Uint8Array.from(input);
  for (const operation of ['request', 'reply'] as const) {
    const message = parseDhcp(bytes, operation);
    if (typeof message === 'string') continue;
    assert.match(printable(message.file + message.sname), /^[\x20-\x7e]*…?$/);
    for (const value of message.options.values()) nestedOptions(value);
    assert.match(machineUuidOf(message.options) ?? '0-', /^[0-9a-f-]+$/);
    if (operation !== 'request') continue;
    checkAgain(message);
    checkAnswers(message);
  }
};
