/** The part of a DHCP answer that tells a machine what to load. */
import type { DhcpMessage } from '../../codec/dhcp.ts';
import { OPTION, textBytes } from '../../codec/dhcp-options.ts';
import { BOOT_WHAT_IS_NAMED, vendorClassBytes } from '../../codec/pxe-options.ts';
import type { NetworkAnswer, NetworkClient } from '../network-client.ts';
import type { AnsweringServer, AnswerParts } from './dhcp-answer.ts';

/** An answer of the policy that names a file. */
export type FileAnswer = Extract<NetworkAnswer, { kind: 'file' }>;

type BootFields = Omit<AnswerParts, 'type' | 'yiaddr'>;

/** Longest text of the field `file`, which ends with a 0 byte. */
const FILE_FIELD_LIMIT = 127;
const HTTP_PORT = 80;

/** PXE firmware knows TFTP alone, HTTP firmware HTTP alone, and iPXE both. */
const canLoad = (client: NetworkClient, { transport }: FileAnswer): boolean =>
  client.isIpxe || client.transport === transport;

/** The address is numeric and short: firmware may have no DNS, and 127 bytes are all that the field has. */
const placeOf = ({ name, transport }: FileAnswer, server: AnsweringServer): string => {
  if (transport === 'tftp') return name;
  const port = server.httpPort === HTTP_PORT ? '' : `:${server.httpPort}`;
  return `http://${server.address}${port}/${encodeURI(name)}`;
};

/**
 * Fields and options for a boot client. What firmware insists on: option 60 always, 54, and `siaddr` beside the file
 * (iPXE); with 43 it does not ask port 4011 once more.
 *
 * @returns undefined when the client cannot load a file over that protocol
 */
export const bootFieldsFor = (
  request: DhcpMessage,
  client: NetworkClient,
  answer: FileAnswer,
  server: AnsweringServer,
): BootFields | undefined => {
  if (!canLoad(client, answer)) return undefined;
  const isHttp = client.transport === 'http';
  const options = new Map<number, Uint8Array>([
    [OPTION.vendorClass, vendorClassBytes(isHttp ? 'HTTPClient' : 'PXEClient')],
  ]);
  const machine = request.options.get(OPTION.machineIdentifier);
  if (machine !== undefined) options.set(OPTION.machineIdentifier, machine);
  if (!isHttp) options.set(OPTION.vendorOptions, BOOT_WHAT_IS_NAMED);
  const place = placeOf(answer, server);
  const fits = place.length <= FILE_FIELD_LIMIT;
  if (!fits) options.set(OPTION.bootFile, textBytes(place));
  return { siaddr: server.address, sname: server.address, file: fits ? place : '', options };
};
