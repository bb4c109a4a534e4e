/** What machines that start from the network say about themselves in DHCP options (RFC 4578, RFC 3004, iPXE). */
import { viewOf } from './bytes.ts';
import { byteText, type DhcpOptions, nestedOptions, OPTION, textBytes } from './dhcp-options.ts';
import { toHex } from './hex.ts';

/** The two kinds of firmware that start from a network, by the name in option 60. */
export type VendorClass = 'PXEClient' | 'HTTPClient';

/**
 * Option 43 of every answer: boot what the answer itself names, look for no other server, show no menu (PXE 2.1
 * section 2.2, item 6). Without a file in the answer firmware takes it as an order to give up.
 */
export const BOOT_WHAT_IS_NAMED = Uint8Array.of(6, 1, 8, 255);

/** Option 60: `PXEClient` or `HTTPClient`, alone or with `:Arch:…` behind, which undionly.kpxe does not send. */
export const vendorClassOf = (options: DhcpOptions): VendorClass | undefined => {
  const [name] = byteText(options.get(OPTION.vendorClass) ?? new Uint8Array()).split(':', 1);
  return name === 'PXEClient' || name === 'HTTPClient' ? name : undefined;
};

/** Option 93: the types of processor that the client names, its first choice first. */
export const architectureTypesOf = (options: DhcpOptions): readonly number[] => {
  const value = options.get(OPTION.architecture) ?? new Uint8Array();
  const view = viewOf(value);
  return Array.from({ length: value.length >> 1 }, (_, index) => view.getUint16(index * 2));
};

const IPXE = 'iPXE';

/** Option 77 as the bare text that iPXE sends, or as a list of RFC 3004. */
const hasIpxeClass = (value: Uint8Array): boolean => {
  if (byteText(value) === IPXE) return true;
  for (let at = 0; at < value.length; at += 1 + (value[at] ?? 0)) {
    if (byteText(value.subarray(at + 1, at + 1 + (value[at] ?? 0))) === IPXE) return true;
  }
  return false;
};

/** True when iPXE sent the message: by its user class, or by its own option 175, which lists what it can do. */
export const isFromIpxe = (options: DhcpOptions): boolean => {
  const own = options.get(OPTION.ipxe);
  return (
    hasIpxeClass(options.get(OPTION.userClass) ?? new Uint8Array()) ||
    (own !== undefined && nestedOptions(own).size > 0)
  );
};

/** Bytes of an EFI GUID in the order of their text: its first three fields are little-endian. */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/**
 * Option 97 as text of RFC 4122, lower case: what `dmidecode -s system-uuid` prints on that machine.
 * `undefined` when it is missing, all zero or all ones, as firmware without a number of its own sends it.
 *
 * Firmware copies the number from SMBIOS, where it is an EFI GUID (RFC 4578 section 2.3); iPXE puts it into network
 * byte order before. Hence both have to be told apart, or one machine would have two numbers.
 */
export const machineUuidOf = (options: DhcpOptions): string | undefined => {
  const value = options.get(OPTION.machineIdentifier)?.subarray(1);
  if (value?.length !== 16) return undefined;
  if (value.every((byte) => byte === 0) || value.every((byte) => byte === 255)) return undefined;
  const bytes = isFromIpxe(options) ? value : Uint8Array.from(GUID_ORDER, (at) => value[at] ?? 0);
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** Option 60 of an answer. */
export const vendorClassBytes = (vendorClass: VendorClass): Uint8Array => textBytes(vendorClass);
