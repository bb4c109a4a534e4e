/** Virtual machines that start from a network of a lab, with the firmware and the ROM of a network card of others. */
import type { NetworkLab, RunningProgram } from './network-lab.ts';

/** What a guest on a tap needs of the machine. */
export const NETWORK_GUEST_NEEDS: readonly string[] = ['root', 'ip', 'qemu-system-x86_64'];

const OVMF = '/usr/share/ovmf/OVMF.fd';
/** With Microsoft's keys and Secure Boot on. */
const SECURE_CODE = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
const SECURE_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd';

/** `ovmf-http`: its PXE is off, so that it starts by HTTP at once. */
export type GuestFirmware = 'seabios' | 'ovmf' | 'ovmf-http' | 'ovmf-secure';

export interface NetworkGuest {
  readonly firmware: GuestFirmware;
  readonly card: 'virtio-net-pci' | 'e1000';
  readonly mac: string;
  /** UEFI: the card's own iPXE instead of the firmware's PXE. A BIOS has no other. */
  readonly hasRom?: boolean;
  /** Raw disk file, behind the network in the boot order unless told. */
  readonly disk?: string | undefined;
  readonly isDiskFirst?: boolean;
  /** Of the disk; default `nacre-guest`. */
  readonly serial?: string;
  /** What is written to the disk stays; otherwise it is thrown away. */
  readonly keepsWrites?: boolean;
  /** The machine starts again when it wants to; otherwise that ends it. */
  readonly restarts?: boolean;
  readonly memoryMiB?: number;
  /** Socket of QEMU's monitor, for keys (test/helpers/keyboard.ts). */
  readonly monitor?: string;
  /** More QEMU arguments. */
  readonly arguments?: readonly string[];
}

const WITHOUT_PXE = ['IPv4PXESupport', 'IPv6PXESupport'].flatMap((name) => [
  ...['-fw_cfg', `name=opt/org.tianocore/${name},string=n`],
]);

const FIRMWARE: Readonly<Record<GuestFirmware, readonly string[]>> = {
  // Without graphics SeaBIOS and iPXE write to the serial line.
  seabios: ['-machine', 'pc,accel=tcg,graphics=off'],
  ovmf: ['-machine', 'pc,accel=tcg', '-bios', OVMF],
  'ovmf-http': ['-machine', 'pc,accel=tcg', '-bios', OVMF, ...WITHOUT_PXE],
  'ovmf-secure': [
    ...['-machine', 'q35,smm=on,accel=tcg', '-cpu', 'max'],
    ...['-global', 'driver=cfi.pflash01,property=secure,value=on'],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${SECURE_CODE}`],
    ...['-drive', `if=pflash,format=raw,snapshot=on,file=${SECURE_VARIABLES}`],
  ],
};

const cardOf = ({ firmware, card, mac, hasRom, isDiskFirst }: NetworkGuest): string => {
  const rom = firmware === 'seabios' || hasRom === true ? '' : ',romfile=';
  return `${card},netdev=net0,mac=${mac},bootindex=${isDiskFirst === true ? 3 : 1}${rom}`;
};

const diskOf = ({
  disk,
  keepsWrites = false,
  serial = 'nacre-guest',
}: NetworkGuest): readonly string[] => {
  if (disk === undefined) return [];
  const snapshot = keepsWrites ? 'off' : 'on';
  return [
    ...['-drive', `if=none,id=disk,format=raw,snapshot=${snapshot},file=${disk}`],
    ...['-device', `virtio-blk-pci,drive=disk,serial=${serial},bootindex=2`],
  ];
};

/** Switches a machine on; its serial line is what the program says. */
export const startNetworkGuest = async (
  lab: NetworkLab,
  segment: string,
  guest: NetworkGuest,
): Promise<RunningProgram> => {
  const tap = await lab.tap(segment);
  return lab.start('switch', 'qemu-system-x86_64', [
    ...FIRMWARE[guest.firmware],
    ...['-m', `${guest.memoryMiB ?? 512}`, '-display', 'none'],
    ...['-monitor', guest.monitor === undefined ? 'none' : `unix:${guest.monitor},server,nowait`],
    ...['-serial', 'stdio', '-nodefaults'],
    ...(guest.restarts === true ? [] : ['-no-reboot']),
    ...['-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`],
    ...['-device', cardOf(guest)],
    ...diskOf(guest),
    ...(guest.arguments ?? []),
  ]);
};
