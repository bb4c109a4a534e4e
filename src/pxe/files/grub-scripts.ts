/** What a GRUB from the network is told before it runs pxe/grub/network.cfg. */
import { grubQuoted } from '../../codec/boot-layout.ts';
import type { ScriptWish } from './boot-scripts.ts';
import { type BootServer, merlinWords, tftpAddress } from './boot-server.ts';

const assignments = ({ does, menu }: ScriptWish, server: BootServer): readonly string[] => [
  `set action=${does}`,
  `set wait=${menu.waitSeconds}`,
  `set shell=${menu.hasShell ? 'on' : 'off'}`,
  `set password=${menu.hasPassword ? 'on' : 'off'}`,
  `set server=${tftpAddress(server)}`,
  `set arguments=${grubQuoted(merlinWords(server).join(' '))}`,
];

/** What stands in the place of local-disk.efi. @throws RangeError for a server that cannot be put into it */
export const grubPlaceText = (wish: ScriptWish, server: BootServer): string =>
  assignments(wish, server).join('; ');

/** The configuration of one device for Debian's signed GRUB. @throws RangeError as `grubPlaceText` */
export const grubConfig = (wish: ScriptWish, server: BootServer): string => {
  const source = `source (tftp,${tftpAddress(server)})/grub/network.cfg`;
  return [...assignments(wish, server), source].map((line) => `${line}\n`).join('');
};

/**
 * The configuration for a signed GRUB that did not ask by its address: it says its address, and asks once more. GRUB 2.06
 * asks for `grub.cfg-01-` and its MAC address by itself.
 */
export const GRUB_FALLBACK = [
  'if [ "$prefix" != "" -a "$net_default_mac" != "" ]; then source "$prefix/device-$net_default_mac.cfg"; fi',
  'echo "Nacre: this GRUB does not know its network card; starting again."',
  'sleep --interruptible 30',
  'reboot',
]
  .map((line) => `${line}\n`)
  .join('');
