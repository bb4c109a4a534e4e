import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import type { Policy } from '../../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';

const MAC = '52:54:00:12:34:56';
const UUID = '11112222-3333-4444-5555-666677778888';
const PIN = 'ab'.repeat(32);
const IMAGE_ROW = `mac = "${MAC}"\naction = "image"\nimage = "lab-pc:latest"\n`;

const parse = (text: string): Policy => parsePolicy(text, 'policy.toml');
const device = (row: string): string => `[[device]]\n${row}`;
const subnet = (row: string): string => `[[subnet]]\n${row}`;

/** The refusal of a text: key, found and needed, or the reason. */
const refusalOf = (t: ExecutionContext, text: string): string => {
  const error = t.throws(() => parse(text));
  if (isNacreError(error, 'PXE_POLICY_INVALID')) {
    const { key, found, needed } = error.facts;
    return `${key} | ${found} | ${needed}`;
  }
  return isNacreError(error, 'PXE_POLICY_UNREADABLE')
    ? `line ${error.facts['line']}: ${error.facts['reason']}`
    : String(error);
};

const NEEDED_MAC = 'the MAC address of one network card, such as 52:54:00:12:34:56';
const NEEDED_UUID = 'the UUID that the firmware shows, with 32 hex digits that are not all 0 or f';

for (const [what, text, refusal] of [
  ['an unknown answer', 'answer = "all"', 'answer | all | off, known or everyone'],
  ['an answer of another type', 'answer = true', 'answer | true | off, known or everyone'],
  ['an unknown key of the file', 'anwser = "off"', 'a key | anwser | answer'],
  [
    'a key that nothing is like',
    'x = 1',
    'a key | x | one of answer, default, menu, stores, subnet, device, group',
  ],
  [
    'an unknown key of a row',
    device(`${IMAGE_ROW}layot = "wes7"`),
    'a key of device 1 (line 1) | layot | layout',
  ],
  [
    'a key that belongs to another action',
    device(`mac = "${MAC}"\naction = "menu"\nimage = "lab-pc"`),
    'a key of device 1 (line 1) | image | left out when action is menu',
  ],
  [
    'a row without an action',
    device(`mac = "${MAC}"`),
    'action of device 1 (line 1) | missing | local-disk, merlin, image, capture or menu',
  ],
  [
    'an unknown action',
    device('action = "wipe"'),
    'action of device 1 (line 1) | wipe | local-disk, merlin, image, capture or menu',
  ],
  [
    'a row for nobody',
    device('action = "menu"'),
    'device 1 (line 1) | for nobody | for one mac, one uuid or one group',
  ],
  [
    'a row for two',
    device(`mac = "${MAC}"\nuuid = "${UUID}"\naction = "menu"`),
    'device 1 (line 1) | for mac and uuid | for one mac, one uuid or one group',
  ],
  [
    'a MAC address that is none',
    device('mac = "52:54"\naction = "menu"'),
    `mac of device 1 (line 1) | 52:54 | ${NEEDED_MAC}`,
  ],
  [
    'a MAC address of a group',
    device('mac = "01:00:5e:00:00:01"\naction = "menu"'),
    `mac of device 1 (line 1) | 01:00:5e:00:00:01 | ${NEEDED_MAC}`,
  ],
  [
    'a MAC address of nobody',
    device('mac = "00:00:00:00:00:00"\naction = "menu"'),
    `mac of device 1 (line 1) | 00:00:00:00:00:00 | ${NEEDED_MAC}`,
  ],
  [
    'a UUID that many boards share',
    device('uuid = "ffffffff-ffff-ffff-ffff-ffffffffffff"\naction = "menu"'),
    `uuid of device 1 (line 1) | ffffffff-ffff-ffff-ffff-ffffffffffff | ${NEEDED_UUID}`,
  ],
  [
    'an image without a name',
    device(`mac = "${MAC}"\naction = "image"`),
    'image of device 1 (line 1) | missing | NAME, NAME:LABEL or NAME@ID',
  ],
  [
    'an image that is none',
    device(IMAGE_ROW.replace('lab-pc:latest', 'Lab PC')),
    'image of device 1 (line 1) | Lab PC | NAME, NAME:LABEL or NAME@ID',
  ],
  [
    'a name with control characters',
    device(IMAGE_ROW.replace('lab-pc:latest', '\\u001b[2J')),
    'image of device 1 (line 1) | ?[2J | NAME, NAME:LABEL or NAME@ID',
  ],
  [
    'an unknown layout',
    device(`${IMAGE_ROW}layout = "wes8"`),
    'layout of device 1 (line 1) | wes8 | xpe, wes2009, wes7 or uefi',
  ],
  [
    'a policy without a layout',
    device(`${IMAGE_ROW}layout-policy = "auto"`),
    'layout-policy of device 1 (line 1) | auto | left out without a layout',
  ],
  [
    'trust and unsigned',
    device(`${IMAGE_ROW}trust = "a.pub"\nunsigned = true`),
    'trust of device 1 (line 1) | a.pub | left out when unsigned is true',
  ],
  [
    'a capture without a name',
    device(`mac = "${MAC}"\naction = "capture"`),
    'name of device 1 (line 1) | missing | 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit',
  ],
  [
    'a table as an order',
    device(`${IMAGE_ROW}order = { a = 1 }`),
    'order of device 1 (line 1) | a table | 1 to 64 letters, digits and . _ : -, or a number',
  ],
  [
    'a date as an order',
    device(`${IMAGE_ROW}order = 2026-11-21`),
    'order of device 1 (line 1) | a date | 1 to 64 letters, digits and . _ : -, or a number',
  ],
  [
    'an order for everyone',
    '[default]\naction = "image"\nimage = "lab-pc"',
    'default.action (line 1) | image | local-disk, merlin or menu: an order needs a device',
  ],
  [
    'a device that is named twice',
    `[[device]]\nmac = "52:54:00:AB:00:01"\naction = "menu"\n[[device]]\nmac = "52-54-00-ab-00-01"\naction = "merlin"`,
    'mac of device 2 (line 4) | 52:54:00:ab:00:01 | another one: device 1 has it already',
  ],
  [
    'a group that is not there',
    device('group = "lab3"\naction = "menu"\n[[group]]\nname = "lab-3"'),
    'group of device 1 (line 1) | lab3 | lab-3',
  ],
  [
    'a group without a name',
    '[[group]]\nmacs = []',
    'name of group 1 (line 1) | missing | 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit',
  ],
  [
    'two groups of one name',
    '[[group]]\nname = "a"\n[[group]]\nname = "a"',
    'name of group 2 (line 3) | a | another one: group 1 has it',
  ],
  [
    'a member of two groups',
    `[[group]]\nname = "a"\nmacs = ["${MAC}"]\n[[group]]\nname = "b"\nmacs = ["${MAC}"]`,
    `a mac of group 2 (line 4) | ${MAC} | another one: group 1 has it already`,
  ],
  [
    'a member that is no MAC address',
    `[[group]]\nname = "a"\nmacs = ["${MAC}", "x"]`,
    `macs 2 of group 1 (line 1) | x | ${NEEDED_MAC}`,
  ],
  [
    'a wait without end',
    '[menu]\nwait = 3600',
    'menu.wait (line 1) | 3600 | a whole number of seconds from 0 to 60',
  ],
  [
    'a password instead of its hash',
    '[menu]\npassword = "open sesame"',
    'menu.password (line 1) | something else | the line that "nacre pxe password" prints, never the password itself',
  ],
  [
    'a hash that would take hours to check',
    `[menu]\npassword = "grub.pbkdf2.sha512.9999999.${'00'.repeat(16)}.${'00'.repeat(64)}"`,
    'menu.password (line 1) | something else | the line that "nacre pxe password" prints, never the password itself',
  ],
  [
    'a copy of the store that no script could be told',
    'stores = ["https://mirror.example/store", "https://mirror.example/a b"]',
    'stores 2 | https://mirror.example/a b | the address of a copy of the store, such as https://mirror.example/store',
  ],
  [
    'a subnet that is none',
    subnet('network = "192.0.2.0/33"\nstore = "https://near.example/"'),
    'network of subnet 1 (line 1) | 192.0.2.0/33 | a subnet, such as 192.0.2.0/24',
  ],
  [
    'a copy with a password',
    subnet('network = "192.0.2.0/24"\nstore = "https://kim:secret@near.example/"'),
    'store of subnet 1 (line 1) | https://kim@near.example/ | the address of a copy of the store, such as https://mirror.example/store',
  ],
  [
    'a pin for a server without a key',
    subnet(`network = "192.0.2.0/24"\nstore = "http://near.example/"\nstore-pin = "${PIN}"`),
    `store-pin of subnet 1 (line 1) | ${PIN} | left out where the store is no https:// address`,
  ],
  [
    'two copies for one subnet',
    `${subnet('network = "2001:DB8::/32"\nstore = "https://near.example/"')}\n${subnet(
      'network = "2001:db8::/32"\nstore = "https://far.example/"',
    )}`,
    'network of subnet 2 (line 4) | 2001:db8::/32 | another one: subnet 1 has it already',
  ],
  ['devices that are no list', 'device = 3', 'device | 3 | a list of tables'],
  [
    'a line that is no TOML',
    'answer = "known"\n\n[[device]\nmac = "x"',
    'line 3: expected end of table array declaration',
  ],
  [
    'a key that is given twice',
    'answer = "off"\nanswer = "known"',
    'line 2: trying to redefine an already defined table or value',
  ],
  ['a string without an end', 'answer = "off', 'line 1: unfinished string'],
  [
    'lists in lists in lists',
    `answer = ${'['.repeat(50)}`,
    'line 1: document contains excessively nested structures. aborting.',
  ],
  [
    'a key that would change objects',
    '__proto__ = 1',
    'line 1: document contains an unsafe property',
  ],
] as const)
  test(`${what} is refused with its place and both values`, (t) => {
    t.is(refusalOf(t, text), refusal);
  });

test('a policy has at most 10,000 rows', (t) => {
  const row = (index: number): string => {
    const [high, low] = [Math.floor(index / 256), index % 256];
    const mac = `52:54:00:00:${high.toString(16).padStart(2, '0')}:${low.toString(16).padStart(2, '0')}`;
    return `[[device]]\nmac="${mac}"\naction="menu"\n`;
  };
  const rows = Array.from({ length: 10_000 }, (_, index) => row(index)).join('');
  t.is(parse(rows).byMac.size, 10_000);
  t.is(refusalOf(t, rows + row(10_000)), 'device | a list | at most 10000 rows');
});

test('every part of a policy is read, or refused with its place', (t) => {
  const text = `answer = "known"\n[[group]]\nname = "g"\nmacs = ["${MAC}"]\n[menu]\nwait = 5\n${device(`${IMAGE_ROW.replace(MAC, '52:54:00:00:00:77')}layout = "wes7"\n`)}`;
  for (let length = 0; length < text.length; length++) {
    try {
      parse(text.slice(0, length));
    } catch (reason) {
      if (
        !isNacreError(reason, 'PXE_POLICY_INVALID') &&
        !isNacreError(reason, 'PXE_POLICY_UNREADABLE')
      )
        throw reason;
    }
  }
  t.is(parse(text).menu.waitSeconds, 5);
});
