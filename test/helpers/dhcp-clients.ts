/**
 * DHCP requests as real clients send them, put together byte by byte and without the codec: what was seen of the ROM of
 * iPXE, undionly.kpxe, snponly.efi and OVMF, their lengths included; OVMF by HTTP asks for one option less, which one is
 * not known.
 */

/** One option: code, and value as hex digits (blanks allowed) or, for text, behind an apostrophe. */
export type OptionText = readonly [code: number, value: string];

export interface RequestFields {
  readonly op?: number;
  readonly hops?: number;
  readonly xid?: number;
  readonly flags?: number;
  readonly ciaddr?: string;
  readonly yiaddr?: string;
  readonly siaddr?: string;
  readonly giaddr?: string;
  readonly mac?: string;
  readonly sname?: Uint8Array;
  readonly file?: Uint8Array;
  readonly options: readonly OptionText[];
  /** Bytes behind the options instead of the end. */
  readonly tail?: Uint8Array;
}

export const TEST_MAC = '52:54:00:12:34:56';

const bytesOf = (value: string): Buffer =>
  value.startsWith("'")
    ? Buffer.from(value.slice(1), 'latin1')
    : Buffer.from(value.replaceAll(' ', ''), 'hex');

/** Options one after the other, without an end. */
export const optionBytes = (options: readonly OptionText[]): Buffer =>
  Buffer.concat(
    options.flatMap(([code, value]) => [Buffer.of(code, bytesOf(value).length), bytesOf(value)]),
  );

const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');
const addressBytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

/** The bytes of a message. */
export const requestBytes = (fields: RequestFields): Buffer => {
  const header = Buffer.alloc(240);
  header.set([fields.op ?? 1, 1, 6, fields.hops ?? 0]);
  header.writeUInt32BE(fields.xid ?? 0x11223344, 4);
  header.writeUInt16BE(fields.flags ?? 0, 10);
  const { ciaddr, yiaddr, siaddr, giaddr } = fields;
  for (const [index, address] of [ciaddr, yiaddr, siaddr, giaddr].entries())
    header.set(addressBytes(address ?? '0.0.0.0'), 12 + index * 4);
  header.set(macBytes(fields.mac ?? TEST_MAC), 28);
  header.set(fields.sname ?? [], 44);
  header.set(fields.file ?? [], 108);
  header.set([0x63, 0x82, 0x53, 0x63], 236);
  return Buffer.concat([header, optionBytes(fields.options), fields.tail ?? Buffer.of(255)]);
};

const DISCOVER: OptionText = [53, '01'];
const REQUEST: OptionText = [53, '03'];
const NO_UUID: OptionText = [97, '00'.repeat(17)];
const IPXE_WANTS = '01 03 06 07 0c 0f 11 1a 2b 3c 42 43 77 80 81 82 83 84 85 86 87 af cb';
const IPXE_CARD = 'b1 05 01 1a f4 10 00 eb 03 01 00 00';
const features = (...codes: readonly number[]): string =>
  codes.map((code) => `${code.toString(16)}0101`).join('');
const IPXE_FEATURES = features(0x10, 0x11, 0x12, 0x13, 0x15, 0x17, 0x18, 0x19);
const IPXE_BIOS_FEATURES = features(0x20, 0x21, 0x22, 0x27);
const OVMF_WANTS =
  '01 02 03 04 05 06 0c 0d 0f 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c 42 43 61';

const ipxe = (mac: string, ...middle: readonly OptionText[]): readonly OptionText[] => [
  DISCOVER,
  [57, '05c0'],
  ...middle,
  [61, `01${mac.replaceAll(':', '')}`],
  NO_UUID,
];

const ipxeBios = (mac: string, vendorClass: string): readonly OptionText[] =>
  ipxe(
    mac,
    [93, '0000'],
    [94, '010201'],
    [60, vendorClass],
    [77, "'iPXE"],
    [55, IPXE_WANTS],
    [175, `${IPXE_CARD}${IPXE_FEATURES}${IPXE_BIOS_FEATURES}`],
  );

const ovmf = (type: OptionText, largest: string, wants: string, about: readonly OptionText[]) => [
  type,
  [57, largest] as const,
  [55, wants] as const,
  NO_UUID,
  [94, '010300'] as const,
  ...about,
];

const OVMF_PXE: readonly OptionText[] = [
  [93, '0007'],
  [60, "'PXEClient:Arch:00007:UNDI:003000"],
];
const OVMF_HTTP: readonly OptionText[] = [
  [93, '0010'],
  [60, "'HTTPClient:Arch:00016:UNDI:003000"],
];

/** The first request of each client that was seen, for any MAC. */
export const discoverOf = {
  ipxeRom: (mac = TEST_MAC): Buffer =>
    requestBytes({ mac, options: ipxeBios(mac, "'PXEClient:Arch:00000:UNDI:002001") }),
  undionly: (mac = TEST_MAC): Buffer =>
    requestBytes({ mac, flags: 0x8000, options: ipxeBios(mac, "'PXEClient") }),
  snponly: (mac = TEST_MAC): Buffer =>
    requestBytes({
      mac,
      options: ipxe(
        mac,
        [93, '0007'],
        [94, '01030a'],
        [60, "'PXEClient:Arch:00007:UNDI:003010"],
        [77, "'iPXE"],
        [55, IPXE_WANTS],
        [175, `${IPXE_CARD}${IPXE_FEATURES}`],
      ),
    }),
  ovmfPxe: (mac = TEST_MAC): Buffer =>
    requestBytes({
      mac,
      flags: 0x8000,
      options: ovmf(DISCOVER, '05c0', `${OVMF_WANTS}8081828384858687`, OVMF_PXE),
    }),
  ovmfHttp: (mac = TEST_MAC): Buffer =>
    requestBytes({
      mac,
      flags: 0x8000,
      options: ovmf(DISCOVER, '05c0', `${OVMF_WANTS}eb`, OVMF_HTTP),
    }),
} as const;

/** OVMF asks port 4011 from the address it has; option 54 is missing. */
export const ovmfAtPxePort = (mac = TEST_MAC, ciaddr = '10.77.0.50'): Buffer =>
  requestBytes({
    mac,
    ciaddr,
    options: ovmf(REQUEST, 'ff00', `${OVMF_WANTS}8081828384858687`, OVMF_PXE),
  });
