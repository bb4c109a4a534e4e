/** Readable forms of DHCP answers for tests. */
import { type DhcpMessage, parseDhcp } from '../../src/codec/dhcp.ts';
import {
  type AnsweringServer,
  DHCP_PORTS,
  type DhcpAnswer,
} from '../../src/pxe/dhcp/dhcp-answer.ts';
import type { NetworkAnswer } from '../../src/pxe/network-client.ts';

/** We in tests of pure functions. */
export const TEST_SERVER: AnsweringServer = {
  address: '10.77.0.1',
  httpPort: 8080,
  ports: DHCP_PORTS,
};

/** A policy's answer that names a file. */
export const fileAnswer = (
  name: string,
  transport: 'tftp' | 'http' = 'tftp',
): Extract<NetworkAnswer, { kind: 'file' }> => ({
  kind: 'file',
  name,
  transport,
  reason: 'policy-merlin',
});

/** A policy's answer that leaves the client to others. */
export const LEFT_ALONE: NetworkAnswer = { kind: 'silence', reason: 'unknown-device' };

/** A request as the codec reads it. @throws Error when it is dropped */
export const readRequest = (bytes: Uint8Array): DhcpMessage => readMessage(bytes, 'request');

const readMessage = (bytes: Uint8Array, operation: 'request' | 'reply'): DhcpMessage => {
  const message = parseDhcp(bytes, operation);
  if (typeof message === 'string') throw new Error(`dropped for its ${message}`);
  return message;
};

/** What an answer says, with its options as hex digits by their codes. */
export interface ShownAnswer {
  readonly type: string;
  readonly to: string;
  readonly message: DhcpMessage;
  readonly options: Readonly<Record<number, string>>;
}

/** Reads a reply. @throws Error when it is dropped */
export const shownReply = (bytes: Uint8Array): Omit<ShownAnswer, 'to'> => {
  const message = readMessage(bytes, 'reply');
  const options = Object.fromEntries(
    [...message.options].map(([code, value]) => [code, Buffer.from(value).toString('hex')]),
  );
  return { type: message.type, message, options };
};

/** Reads an answer that is sent. @throws Error for a silence */
export const shownAnswer = (answer: DhcpAnswer): ShownAnswer => {
  if (answer.kind === 'silence') throw new Error(`silent: ${answer.reason}`);
  return { ...shownReply(answer.bytes), to: `${answer.to.address}:${answer.to.port}` };
};
