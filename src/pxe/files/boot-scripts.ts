/**
 * The script that iPXE runs on a device: a moment for the menu, then Merlin or the device's own disk. Only commands of iPXE
 * 1.0.0+git-20190125 (Debian 12): its `prompt --key` ends at any key and knows one of them, its `choose` waits for ever once a
 * key was pressed, and it can check no password. So the first question takes any key, because two are good; the second takes `c`
 * alone, in many short prompts, so that a Z that is still held down does not end it; and behind the menu Merlin asks.
 */

import type { MenuOptions } from '../policy/policy.ts';
import { type BootServer, filesUrl, MERLIN_CONSOLE, merlinWords } from './boot-server.ts';

export interface ScriptWish {
  readonly does: 'local-disk' | 'merlin' | 'menu';
  readonly menu: MenuOptions;
}

/** Labels of what a device starts with when nobody presses a key. */
const STARTS = { 'local-disk': 'local', merlin: 'merlin', menu: 'menu' } as const;

/** The question for the administrator's menu: prompts one after the other, ten seconds of them. */
const ASKED_MS = 100;
const ASKED_TIMES = 100;
/** How long a menu stands that nobody touches, and the reason why one is shut. */
const SHUT_MS = 10_000;
const MENU_MS = 60_000;

/** What the administrator's menu offers besides the disk: label, words for Merlin, text. */
const MERLIN_ITEMS = [
  ['merlin', 'repair', 'Merlin: repair this device from its own disk'],
  ['image', 'image', 'Image this device as the policy says'],
  ['info', 'info', 'Hardware information'],
  ['shell', 'shell', 'Rescue shell'],
] as const;

/** What iPXE puts a setting's value for; nothing for a setting that nobody made. */
const expanded = (setting: string): string => `\${${setting}}`;

const windowLines = ({ waitSeconds }: MenuOptions): readonly string[] => {
  if (waitSeconds === 0) return [];
  return [
    `prompt --timeout ${waitSeconds * 1000} Nacre: Z or Esc for the menu && goto forced || goto start`,
    ':forced',
    `echo Nacre: c for the administrator's menu; without it this goes on after ${(ASKED_MS * ASKED_TIMES) / 1000} s`,
    'set nacre-asked:int32 0',
    ':asking',
    `prompt --key c --timeout ${ASKED_MS} && goto admin ||`,
    'inc nacre-asked',
    `iseq ${expanded('nacre-asked')} ${ASKED_TIMES} && goto start || goto asking`,
  ];
};

const MENU_LINES = [
  ':menu',
  'menu Nacre',
  'item local Start from the disk',
  "item --key c admin Administrator's menu",
  `choose --default local --timeout ${MENU_MS} chosen && goto ${expanded('chosen')} || goto local`,
];

/** Without a password there is nothing that Merlin could ask for. */
const SHUT_LINES = [
  ':admin',
  // A serial line breaks longer ones.
  'echo Nacre: the menu is shut: the policy of the server has no password',
  'echo What to do: make one on the server with nacre pxe password',
  `prompt --timeout ${SHUT_MS} Any key goes on ||`,
  'goto start',
];

/** The password is Merlin's business: `locked` tells it that nobody proved anything yet. */
const adminLines = ({ hasShell, hasPassword }: MenuOptions): readonly string[] => {
  if (!hasPassword) return SHUT_LINES;
  const offered = MERLIN_ITEMS.filter(([label]) => hasShell || label !== 'shell');
  return [
    ':admin',
    'menu Nacre: Merlin asks for the password of the administrator',
    'item local Start from the disk',
    ...offered.map(([label, , text]) => `item ask-${label} ${text}`),
    `choose --default local --timeout ${MENU_MS} chosen && goto ${expanded('chosen')} || goto local`,
    ...offered.flatMap(([label, words]) => [
      `:ask-${label}`,
      'set nacre-menu locked',
      `set nacre-do ${words}`,
      'goto merlin',
    ]),
  ];
};

const merlinLines = (server: BootServer): readonly string[] => {
  const url = filesUrl(server);
  const words = [
    MERLIN_CONSOLE,
    // iPXE gives the initial RAM disk to a kernel of UEFI by its name.
    'initrd=initrd.pxe',
    `nacre.menu=${expanded('nacre-menu')}`,
    `nacre.do=${expanded('nacre-do')}`,
    ...merlinWords(server),
  ];
  return [
    ':merlin',
    'imgfree',
    `kernel ${url}/vmlinuz ${words.join(' ')} || goto failed`,
    `initrd ${url}/initrd.pxe || goto failed`,
    'boot || goto failed',
    ':failed',
    `echo Nacre: Merlin could not be loaded from ${url}`,
    'echo What to do: see whether the server runs and its port is open in the firewall, then start again.',
    'prompt --timeout 30000 Press any key to start from the disk ||',
    'imgfree',
  ];
};

/** An application that ends leaves UEFI in its setup menu: there a GRUB starts what the disk has. */
const localLines = (server: BootServer): readonly string[] => [
  ':local',
  `iseq ${expanded('platform')} efi && goto local-efi ||`,
  'echo Nacre: starting from the disk',
  'exit',
  ':local-efi',
  `chain ${filesUrl(server)}/local-disk.efi || exit 1`,
];

/** The script for one device. @throws RangeError for a server that cannot be put into one */
export const ipxeScript = ({ does, menu }: ScriptWish, server: BootServer): string => {
  const lines = [
    '#!ipxe',
    ...windowLines(menu),
    ':start',
    `goto ${STARTS[does]}`,
    ...MENU_LINES,
    ...adminLines(menu),
    ...merlinLines(server),
    ...localLines(server),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
