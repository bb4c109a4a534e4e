/**
 * Answers beside another DHCP server (PXE 2.1 section 2.2.2): addresses come from that server, what to load from us.
 * The OFFER itself names the file, so that firmware asks nothing more; port 4011 is for firmware that does ask.
 */
import type { DhcpMessage } from '../../codec/dhcp.ts';
import { OPTION, optionAddress } from '../../codec/dhcp-options.ts';
import type { NetworkAnswer, NetworkClient } from '../network-client.ts';
import { bootFieldsFor } from './boot-fields.ts';
import {
  type AnsweringServer,
  answerTo,
  type Destination,
  type DhcpAnswer,
  type SilenceReason,
  silence,
} from './dhcp-answer.ts';

/** Why a request to port 67 gets no answer whatever the policy says; `undefined` when it depends on that. */
export const proxySilence = (
  request: DhcpMessage,
  client: NetworkClient | undefined,
): SilenceReason | undefined => {
  if (client === undefined) return 'not-a-boot-client';
  // An acknowledgement from us would end the client's wait for the one that has its address.
  if (request.type === 'REQUEST') return 'lease-of-other-server';
  return request.type === 'DISCOVER' || request.type === 'INFORM' ? undefined : 'not-a-question';
};

/** Why a request to port 4011 gets no answer whatever the policy says. Its option 54 is often missing there. */
export const pxePortSilence = (
  request: DhcpMessage,
  client: NetworkClient | undefined,
  { address }: AnsweringServer,
): SilenceReason | undefined => {
  if (client === undefined) return 'not-a-boot-client';
  if (request.type !== 'REQUEST' && request.type !== 'INFORM') return 'not-a-question';
  const chosen = optionAddress(request.options, OPTION.serverIdentifier);
  return chosen === undefined || chosen === address ? undefined : 'other-server';
};

/** A request that was not refused by one of the functions above, and what the policy says to it. */
export interface BootQuestion {
  readonly request: DhcpMessage;
  readonly client: NetworkClient;
  readonly answer: NetworkAnswer;
  readonly server: AnsweringServer;
}

const bootAnswer = (
  { request, client, answer, server }: BootQuestion,
  to?: Destination,
): DhcpAnswer => {
  if (answer.kind === 'silence') return silence('policy');
  const boot = bootFieldsFor(request, client, answer, server);
  if (boot === undefined) return silence('file-not-loadable');
  const type = request.type === 'DISCOVER' ? 'OFFER' : 'ACK';
  return answerTo(request, server, { ...boot, type }, to);
};

/** The OFFER for a DISCOVER, the ACK for an INFORM; neither gives an address. */
export const proxyAnswer = (question: BootQuestion): DhcpAnswer => bootAnswer(question);

/** The ACK from port 4011, back to where the request came from. */
export const pxePortAnswer = (question: BootQuestion, from: Destination): DhcpAnswer =>
  bootAnswer(question, from);
