import test from 'ava';
import { serializePasswordHash } from '../../../src/codec/password-hash.ts';
import { findDevice, lineOf, orderOf, type Policy } from '../../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';

const MAC = '52:54:00:12:34:56';
const HASH = `grub.pbkdf2.sha512.10000.${'AB'.repeat(16)}.${'CD'.repeat(64)}`;
const UUID = '11112222-3333-4444-5555-666677778888';
const IMAGE_ROW = `mac = "${MAC}"\naction = "image"\nimage = "lab-pc:latest"\n`;

const parse = (text: string): Policy => parsePolicy(text, 'policy.toml');
const device = (row: string): string => `[[device]]\n${row}`;

test('the example of the command line is a policy', (t) => {
  const policy = parse(`
answer = "known"                    # off | known | everyone
[[device]]
mac = "52:54:00:12:34:56"           # or uuid = "…", or group = "lab-2"
action = "image"                    # local-disk | merlin | image | capture | menu
image = "lab-pc:latest"             # STORE comes from --store
layout = "wes7"                     # with layout-policy = "auto" | "vendor", backup = true | false
`);
  t.is(policy.answer, 'known');
  const found = findDevice(policy, { mac: MAC, uuid: undefined });
  t.is(found?.key, 'mac-52-54-00-12-34-56');
  t.deepEqual(found?.row, {
    action: {
      kind: 'image',
      image: 'lab-pc:latest',
      layout: 'wes7',
      layoutPolicy: 'auto',
      hasBackup: true,
      disk: undefined,
      trust: undefined,
      allowsUnsigned: false,
      order: undefined,
    },
    hasSecureBoot: false,
  });
});

test('an empty file answers nobody whom it does not know, which is everyone', (t) => {
  const policy = parse('');
  t.is(policy.answer, 'known');
  t.is(policy.byMac.size, 0);
  t.deepEqual(policy.otherwise, { action: { kind: 'local-disk' }, hasSecureBoot: false });
  t.deepEqual(policy.menu, { waitSeconds: 2, hasShell: false, hasPassword: false });
  t.is(policy.menuPassword, undefined);
});

test('every key has its effect', (t) => {
  const policy = parse(`
answer = "everyone"
stores = ["https://mirror.example/store"]
[[subnet]]
network = "192.0.2.0/24"
store = "https://near.example/store"
store-pin = "sha256:${'AB'.repeat(32)}"
[default]
action = "menu"
secure-boot = true
[menu]
wait = 0
rescue-shell = true
password = "${HASH}"
[[device]]
uuid = "${UUID.toUpperCase()}"
action = "image"
image = "lab-pc@0123456789AB"
layout = "uefi"
layout-policy = "vendor"
backup = false
disk = "WD-0815"
trust = "keys/release.pub"
order = 7
secure-boot = true
[[device]]
mac = "52-54-00-AB-CD-EF"
action = "capture"
name = "golden"
comment = "before the summer"
disk = "WD-0815"
sign = "keys/release.pem"
order = "second"
[[device]]
mac = "52:54:00:00:00:02"
action = "image"
image = "lab-pc"
unsigned = true
`);
  t.is(policy.answer, 'everyone');
  t.deepEqual(policy.otherwise, { action: { kind: 'menu' }, hasSecureBoot: true });
  t.deepEqual(policy.stores, ['https://mirror.example/store']);
  const near = { url: 'https://near.example/store', pin: 'ab'.repeat(32) };
  t.deepEqual(policy.subnets, [{ network: '192.0.2.0/24', copy: near }]);
  t.deepEqual(policy.menu, { waitSeconds: 0, hasShell: true, hasPassword: true });
  t.is(policy.menuPassword && serializePasswordHash(policy.menuPassword), HASH);
  t.like(policy.byUuid.get(UUID), {
    isOwn: true,
    row: {
      hasSecureBoot: true,
      action: {
        kind: 'image',
        image: 'lab-pc@0123456789ab',
        layout: 'uefi',
        layoutPolicy: 'vendor',
        hasBackup: false,
        disk: 'WD-0815',
        trust: 'keys/release.pub',
        order: '7',
      },
    },
  });
  t.deepEqual(policy.byMac.get('52:54:00:ab:cd:ef')?.row?.action, {
    kind: 'capture',
    name: 'golden',
    comment: 'before the summer',
    disk: 'WD-0815',
    sign: 'keys/release.pem',
    order: 'second',
  });
  t.like(policy.byMac.get('52:54:00:00:00:02')?.row?.action, {
    image: 'lab-pc:latest',
    allowsUnsigned: true,
    hasBackup: false,
  });
});

const GROUPED = `
[[group]]
name = "lab-2"
macs = ["52:54:00:00:00:01", "${MAC}"]
uuids = ["${UUID}"]
[[group]]
name = "spare"
macs = ["52:54:00:00:00:09"]
[[device]]
group = "lab-2"
action = "merlin"
[[device]]
mac = "52:54:00:00:00:01"
action = "menu"
`;

test('members of a group have its row, a row of their own comes first, and a group without a row is known', (t) => {
  const policy = parse(GROUPED);
  const rowOf = (mac: string, uuid?: string) => {
    const found = findDevice(policy, { mac, uuid });
    return found && [found.key, found.row?.action.kind];
  };
  t.deepEqual(rowOf(MAC), ['mac-52-54-00-12-34-56', 'merlin']);
  t.deepEqual(rowOf('52:54:00:00:00:01'), ['mac-52-54-00-00-00-01', 'menu']);
  t.deepEqual(rowOf('52:54:00:00:00:09'), ['mac-52-54-00-00-00-09', undefined]);
  t.deepEqual(rowOf('52:54:00:00:00:aa', UUID), [`uuid-${UUID}`, 'merlin']);
  t.deepEqual(rowOf('52:54:00:00:00:01', UUID), ['mac-52-54-00-00-00-01', 'menu']);
  t.is(rowOf('52:54:00:00:00:aa'), undefined);
});

test("a device's own row by UUID comes before the row of its MAC address's group", (t) => {
  const policy = parse(`${GROUPED}
[[device]]
uuid = "99992222-3333-4444-5555-666677778888"
action = "local-disk"
`);
  const uuid = '99992222-3333-4444-5555-666677778888';
  t.is(findDevice(policy, { mac: MAC, uuid })?.key, `uuid-${uuid}`);
});

const lineOfText = (row: string): string => {
  const found = findDevice(parse(row), { mac: MAC, uuid: undefined });
  const order = found?.row && orderOf(found.row.action);
  return order === undefined ? 'no order' : lineOf(order);
};

test('the line of an order stays when the file only looks different', (t) => {
  const line = lineOfText(device(`${IMAGE_ROW}layout = "wes7"`));
  for (const same of [
    device(`# a comment\nlayout = 'wes7' # here too\n  ${IMAGE_ROW}`),
    device(`${IMAGE_ROW.replace('lab-pc:latest', 'lab-pc')}layout = "wes7"`),
    device(`${IMAGE_ROW}layout = "wes7"\nlayout-policy = "auto"\nbackup = true\nunsigned = false`),
    device(`${IMAGE_ROW}layout = "wes7"\nsecure-boot = true`),
    `answer = "everyone"\n[[group]]\nname = "g"\nmacs = ["${MAC}"]\n${device(IMAGE_ROW.replace(/^mac.*$/m, 'group = "g"'))}layout = "wes7"`,
  ])
    t.is(lineOfText(same), line, same);
});

test('each change of what an order says changes its line', (t) => {
  const rows = [
    IMAGE_ROW,
    `${IMAGE_ROW}layout = "wes7"`,
    `${IMAGE_ROW}layout = "uefi"`,
    `${IMAGE_ROW}layout = "wes7"\nlayout-policy = "vendor"`,
    `${IMAGE_ROW}layout = "wes7"\nbackup = false`,
    `${IMAGE_ROW}disk = "/dev/sda"`,
    `${IMAGE_ROW}trust = "a.pub"`,
    `${IMAGE_ROW}trust = "b.pub"`,
    `${IMAGE_ROW}unsigned = true`,
    `${IMAGE_ROW}order = 1`,
    `${IMAGE_ROW}order = 2`,
    IMAGE_ROW.replace('latest', 'stable'),
    `mac = "${MAC}"\naction = "capture"\nname = "lab-pc"`,
    `mac = "${MAC}"\naction = "capture"\nname = "lab-pd"`,
    `mac = "${MAC}"\naction = "capture"\nname = "lab-pc"\norder = 1`,
  ];
  t.is(new Set(rows.map((row) => lineOfText(device(row)))).size, rows.length);
});

test('a group that is one device keeps the orders of all its cards in one place', (t) => {
  const other = '52:54:00:12:34:57';
  const policy = parse(`
[[group]]
name = "pc-7"
macs = ["${MAC}", "${other}"]
uuids = ["${UUID}"]
one-device = true
${device(`group = "pc-7"
action = "image"
image = "lab-pc:latest"
unsigned = true
`)}`);
  const keys = [
    findDevice(policy, { mac: MAC, uuid: undefined })?.key,
    findDevice(policy, { mac: other, uuid: undefined })?.key,
    findDevice(policy, { mac: '52:54:00:12:34:99', uuid: UUID })?.key,
  ];
  t.deepEqual(keys, ['device-pc-7', 'device-pc-7', 'device-pc-7']);
});
