/** Variables of a UEFI firmware, as efivarfs shows them: in the forms that OVMF and boards write. */

const END = Buffer.from('7fff0400', 'hex');

const node = (type: number, subtype: number, data: Uint8Array): Buffer => {
  const head = Buffer.from([type, subtype, 0, 0]);
  head.writeUInt16LE(4 + data.length, 2);
  return Buffer.concat([head, data]);
};

/** PCI root, PCI device 1.0: what paths of OVMF begin with. */
const PCI = Buffer.concat([
  node(2, 1, Buffer.from('d041030a00000000', 'hex')),
  node(1, 1, Buffer.from([0, 1])),
]);

const guidBytes = (guid: string): Buffer => {
  const [a = '', b = '', c = '', ...rest] = guid.split('-');
  const turned = [a, b, c].map((digits) => Buffer.from(digits, 'hex').reverse());
  return Buffer.concat([...turned, Buffer.from(rest.join(''), 'hex')]);
};

const hardDrive = (guid: string): Buffer => {
  const data = Buffer.alloc(38);
  data.writeUInt32LE(1, 0);
  data.writeBigUInt64LE(2048n, 4);
  data.writeBigUInt64LE(131_072n, 12);
  guidBytes(guid).copy(data, 20);
  data.set([2, 2], 36);
  return node(4, 1, data);
};

const file = (path: string): Buffer => node(4, 4, Buffer.from(`${path}\0`, 'utf16le'));

/** Data of `Boot####`. */
export const bootEntry = (
  description: string,
  path: readonly Buffer[],
  isActive = true,
): Buffer => {
  const nodes = Buffer.concat([...path, END]);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(isActive ? 1 : 0, 0);
  head.writeUInt16LE(nodes.length, 4);
  return Buffer.concat([head, Buffer.from(`${description}\0`, 'utf16le'), nodes]);
};

export const diskEntry = (guid: string, isActive = true): Buffer =>
  bootEntry('Nacre', [hardDrive(guid), file('\\EFI\\BOOT\\BOOTX64.EFI')], isActive);

/** UEFI PXEv4. */
export const networkEntry = (): Buffer =>
  bootEntry('UEFI PXEv4 (MAC:525400123456)', [
    PCI,
    node(
      3,
      11,
      Buffer.concat([Buffer.from('525400123456', 'hex'), Buffer.alloc(26), Buffer.of(1)]),
    ),
    node(3, 12, Buffer.alloc(23)),
  ]);

/** The setup of OVMF: a file of a firmware volume. */
export const setupEntry = (): Buffer =>
  bootEntry('UiApp', [node(4, 7, Buffer.alloc(16)), node(4, 6, Buffer.alloc(16))]);

/** A compatibility module's entry (BIOS Boot Specification). */
export const bbsEntry = (kind: number): Buffer => {
  const data = Buffer.alloc(6);
  data.writeUInt16LE(kind, 0);
  return bootEntry('legacy', [node(5, 1, data)]);
};

/** A file of efivarfs: not volatile, of boot services and of the running system. */
export const variable = (data: Uint8Array): Buffer => Buffer.concat([Buffer.of(7, 0, 0, 0), data]);

export const numbers = (...values: readonly number[]): Buffer => {
  const data = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) data.writeUInt16LE(value, index * 2);
  return data;
};
