/** What a datagram to the server's well-known port is answered with. */
import { printable } from '../../codec/printable.ts';
import {
  parseTftpPacket,
  serializeTftpPacket,
  TFTP_ERRORS,
  type TftpPacket,
} from '../../codec/tftp.ts';
import { contentReader } from '../../codec/tftp-content.ts';
import { negotiateOptions, type TransferTerms } from '../../codec/tftp-options.ts';
import type { FindBootFile } from '../network-client.ts';
import type { SendWindowOptions } from './send-window.ts';

/** Why a request is not served, as reports name it. */
export type RefusalReason =
  | 'not-found'
  | 'outside-of-the-files'
  | 'read-only'
  | 'malformed'
  | 'busy';

/** Its error code and text: short, fixed, and never with words of the request. */
const ANSWERS = {
  'not-found': [TFTP_ERRORS.fileNotFound, 'file not found'],
  'outside-of-the-files': [TFTP_ERRORS.accessViolation, 'access violation'],
  'read-only': [TFTP_ERRORS.accessViolation, 'this server is read only'],
  malformed: [TFTP_ERRORS.illegalOperation, 'illegal request'],
  busy: [TFTP_ERRORS.undefined, 'busy, try again'],
} as const satisfies Record<RefusalReason, readonly [number, string]>;

/** The datagram that tells a client why. */
export const refusalDatagram = (reason: RefusalReason): Uint8Array => {
  const [code, message] = ANSWERS[reason];
  return serializeTftpPacket({ kind: 'error', code, message });
};

export type TftpDecision =
  | {
      readonly kind: 'serve';
      /** Printable. */
      readonly file: string;
      readonly terms: TransferTerms;
      readonly window: SendWindowOptions;
    }
  | { readonly kind: 'refuse'; readonly file: string; readonly reason: RefusalReason }
  | { readonly kind: 'drop'; readonly reason: string };

export interface RequestContext {
  /** Of the client. */
  readonly address: string;
  readonly files: FindBootFile;
  readonly blockLimitBytes: number;
}

/** The name as the set of files has it; `undefined` when it climbs out of a folder. */
const boundedName = (asked: string): string | undefined => {
  const name = asked.replaceAll('\\', '/').replace(/^\/+/, '');
  return name.split('/').includes('..') ? undefined : name;
};

type ReadRequest = Extract<TftpPacket, { kind: 'read-request' }>;

const decideRead = (request: ReadRequest, context: RequestContext): TftpDecision => {
  const name = boundedName(request.name);
  if (name === undefined) {
    return { kind: 'refuse', file: printable(request.name), reason: 'outside-of-the-files' };
  }
  const content = context.files(name, context.address);
  if (content === undefined) return { kind: 'refuse', file: printable(name), reason: 'not-found' };
  const { blockLimitBytes } = context;
  const terms = negotiateOptions(request, { sizeBytes: content.length, blockLimitBytes });
  const { accepted, blockBytes, windowBlocks } = terms;
  const oack =
    accepted.length === 0 ? undefined : serializeTftpPacket({ kind: 'oack', options: accepted });
  const read = contentReader(content, request.mode);
  return {
    kind: 'serve',
    file: printable(name),
    terms,
    window: { read, oack, blockBytes, windowBlocks },
  };
};

/** Decides about one datagram. Only a request is ever answered, so that two servers cannot answer one another for ever. */
export const decideRequest = (datagram: Uint8Array, context: RequestContext): TftpDecision => {
  const packet = parseTftpPacket(datagram);
  switch (packet.kind) {
    case 'read-request':
      return decideRead(packet, context);
    case 'write-request':
      return { kind: 'refuse', file: '', reason: 'read-only' };
    case 'malformed':
      return packet.answer === 'silence'
        ? { kind: 'drop', reason: packet.reason }
        : { kind: 'refuse', file: '', reason: 'malformed' };
    default:
      return { kind: 'drop', reason: `${packet.kind} outside of a transfer` };
  }
};
