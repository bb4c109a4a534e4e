/** Who asks, read from one DHCP request. */
import { type DhcpMessage, macOf } from '../../codec/dhcp.ts';
import {
  architectureTypesOf,
  isFromIpxe,
  machineUuidOf,
  vendorClassOf,
} from '../../codec/pxe-options.ts';
import type { Architecture, NetworkClient } from '../network-client.ts';

/**
 * Processor architecture types of IANA that have a name here; 7 is what x64 firmware sends in practice, though it is
 * 9 in RFC 4578. 15 to 20 are the same processors starting over HTTP.
 */
const ARCHITECTURE_OF_TYPE: ReadonlyMap<number, Architecture> = new Map([
  [0, 'bios'],
  [6, 'efi-ia32'],
  [7, 'efi-x64'],
  [9, 'efi-x64'],
  [10, 'efi-arm32'],
  [11, 'efi-arm64'],
  [15, 'efi-ia32'],
  [16, 'efi-x64'],
  [17, 'efi-x64'],
  [18, 'efi-arm32'],
  [19, 'efi-arm64'],
  [20, 'bios'],
]);

/** The first type that is known. Without option 93 it is a BIOS: its ROM is older than the option. */
const architectureOf = (types: readonly number[]): Architecture => {
  if (types.length === 0) return 'bios';
  for (const type of types) {
    const known = ARCHITECTURE_OF_TYPE.get(type);
    if (known !== undefined) return known;
  }
  return 'other';
};

/** @returns undefined for a request that is not about starting from the network */
export const readNetworkClient = (message: DhcpMessage): NetworkClient | undefined => {
  const vendorClass = vendorClassOf(message.options);
  if (vendorClass === undefined) return undefined;
  return {
    mac: macOf(message),
    uuid: machineUuidOf(message.options),
    architecture: architectureOf(architectureTypesOf(message.options)),
    transport: vendorClass === 'HTTPClient' ? 'http' : 'tftp',
    isIpxe: isFromIpxe(message.options),
  };
};
