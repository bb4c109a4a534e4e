import test from 'ava';
import type { OrderState } from '../../../src/job/order-states.ts';
import { ORDER_STATES } from '../../../src/job/order-states.ts';
import {
  ARCHITECTURES,
  type Architecture,
  type NetworkAnswer,
  type NetworkClient,
} from '../../../src/pxe/network-client.ts';
import { type AnswerFacts, decideAnswer } from '../../../src/pxe/policy/boot-answer.ts';
import type { Policy } from '../../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';

const MAC = '52:54:00:12:34:56';
const UUID = '11112222-3333-4444-5555-666677778888';
const SCRIPT = 'boot/ipxe/52-54-00-12-34-56';

const PROXY: AnswerFacts = { isDhcpServer: false };
const DHCP: AnswerFacts = { isDhcpServer: true };

const client = (architecture: Architecture, more: Partial<NetworkClient> = {}): NetworkClient => ({
  mac: MAC,
  uuid: undefined,
  architecture,
  transport: 'tftp',
  isIpxe: false,
  ...more,
});

const policyOf = (action: string, more = '', answer = 'known'): Policy =>
  parsePolicy(
    `answer = "${answer}"\n[[device]]\nmac = "${MAC}"\naction = "${action}"\n${more}`,
    'policy.toml',
  );

/** `tftp undionly.kpxe (nothing-to-do)` or `silence (unknown-device)`. */
const textOf = (answer: NetworkAnswer): string =>
  answer.kind === 'silence'
    ? `silence (${answer.reason})`
    : `${answer.transport} ${answer.name} (${answer.reason})`;

const answerOf = (
  policy: Policy,
  who: NetworkClient,
  facts: AnswerFacts = PROXY,
  state: OrderState = 'waiting',
): string => textOf(decideAnswer(policy, () => state, facts)(who));

/** Every kind of client: firmware, what runs on it, and how it asks. */
const CLIENTS = {
  'BIOS PXE': client('bios'),
  'BIOS iPXE': client('bios', { isIpxe: true }),
  'UEFI PXE': client('efi-x64'),
  'UEFI iPXE': client('efi-x64', { isIpxe: true }),
  'UEFI HTTP': client('efi-x64', { transport: 'http' }),
} as const;

const ACTIONS = {
  'local-disk': [policyOf('local-disk'), 'nothing-to-do'],
  merlin: [policyOf('merlin'), 'policy-merlin'],
  menu: [policyOf('menu'), 'policy-menu'],
} as const;

const LOADS: Readonly<
  Record<keyof typeof CLIENTS, Readonly<Record<keyof typeof ACTIONS, string>>>
> = {
  'BIOS PXE': {
    'local-disk': 'tftp undionly.kpxe',
    merlin: 'tftp undionly.kpxe',
    menu: 'tftp undionly.kpxe',
  },
  'BIOS iPXE': {
    'local-disk': `http ${SCRIPT}`,
    merlin: `http ${SCRIPT}`,
    menu: `http ${SCRIPT}`,
  },
  'UEFI PXE': {
    'local-disk': 'tftp local-disk.efi',
    merlin: 'tftp snponly.efi',
    menu: 'tftp snponly.efi',
  },
  'UEFI iPXE': {
    'local-disk': `http ${SCRIPT}`,
    merlin: `http ${SCRIPT}`,
    menu: `http ${SCRIPT}`,
  },
  'UEFI HTTP': {
    'local-disk': 'http local-disk.efi',
    merlin: 'http merlin.efi',
    menu: 'http menu.efi',
  },
};

const entries = <Key extends string, Value>(record: Readonly<Record<Key, Value>>) =>
  Object.entries<Value>(record);

for (const [name, loads] of entries(LOADS))
  for (const [action, loaded] of entries(loads)) {
    const [, who] = entries<string, NetworkClient>(CLIENTS).find(([key]) => key === name) ?? [];
    const [, row] = Object.entries(ACTIONS).find(([key]) => key === action) ?? [];
    if (who === undefined || row === undefined) throw new TypeError('no such row');
    const [policy, reason] = row;
    test(`${name} with the action ${action} loads ${loaded}`, (t) => {
      for (const facts of [PROXY, DHCP])
        t.is(answerOf(policy, who, facts), `${loaded} (${reason})`);
    });
  }

for (const action of ['image', 'capture'])
  for (const state of ORDER_STATES)
    test(`an order (${action}) that is ${state} ${state === 'done' || state === 'failed' ? 'leaves the device to its disk' : 'starts Merlin'}`, (t) => {
      const policy = policyOf(action, action === 'image' ? 'image = "lab-pc"' : 'name = "golden"');
      const does = state === 'done' || state === 'failed' ? 'local-disk' : 'merlin';
      const reasons = { running: 'order-running', done: 'nothing-to-do', failed: 'nothing-to-do' };
      const reason = { waiting: 'order-waiting', given: 'order-waiting', ...reasons }[state];
      for (const [name, who] of entries<string, NetworkClient>(CLIENTS)) {
        const loaded = entries(LOADS).find(([key]) => key === name)?.[1][does];
        t.is(answerOf(policy, who, PROXY, state), `${loaded} (${reason})`, name);
      }
    });

const SECURE: Readonly<Record<string, readonly [proxy: string, dhcp: string]>> = {
  'BIOS PXE': ['tftp undionly.kpxe', 'tftp undionly.kpxe'],
  'BIOS iPXE': [`http ${SCRIPT}`, `http ${SCRIPT}`],
  'UEFI PXE': ['silence (secure-boot-behind-another-dhcp-server)', 'tftp shimx64.efi'],
  'UEFI iPXE': ['silence (secure-boot-behind-another-dhcp-server)', 'tftp shimx64.efi'],
  'UEFI HTTP': ['silence (secure-boot-over-http)', 'silence (secure-boot-over-http)'],
};

for (const [name, who] of entries<string, NetworkClient>(CLIENTS))
  test(`${name} of a device with Secure Boot gets what its firmware starts, or nothing`, (t) => {
    for (const action of ['local-disk', 'merlin', 'menu']) {
      const policy = policyOf(action, 'secure-boot = true');
      const [proxy = '', dhcp = ''] = SECURE[name] ?? [];
      t.true(answerOf(policy, who, PROXY).startsWith(proxy), action);
      t.true(answerOf(policy, who, DHCP).startsWith(dhcp), action);
    }
  });

for (const architecture of ARCHITECTURES.filter((name) => name !== 'bios' && name !== 'efi-x64'))
  test(`${architecture} gets no answer, with the reason`, (t) => {
    for (const transport of ['tftp', 'http'] as const)
      for (const isIpxe of [true, false]) {
        const who = client(architecture, { transport, isIpxe });
        t.is(answerOf(policyOf('merlin'), who), 'silence (architecture-not-supported)');
      }
  });

test('a BIOS that asks by HTTP gets no answer, with the reason', (t) => {
  const who = client('bios', { transport: 'http' });
  t.is(answerOf(policyOf('merlin'), who), 'silence (architecture-not-supported)');
});

test('with answer = "off" nobody gets an answer, not even a device with an order', (t) => {
  const policy = policyOf('image', 'image = "lab-pc"', 'off');
  for (const who of Object.values(CLIENTS))
    t.is(answerOf(policy, who), 'silence (answering-is-off)');
});

test('with answer = "known" an unknown device gets no answer, with "everyone" that of the default', (t) => {
  const stranger = client('bios', { mac: '52:54:00:ff:ff:ff', isIpxe: true });
  t.is(answerOf(policyOf('merlin'), stranger), 'silence (unknown-device)');
  const everyone = policyOf('merlin', '', 'everyone');
  t.is(answerOf(everyone, stranger), 'http boot/ipxe/52-54-00-ff-ff-ff (nothing-to-do)');
  const merlin = policyOf('local-disk', '[default]\naction = "merlin"', 'everyone');
  t.is(answerOf(merlin, stranger), 'http boot/ipxe/52-54-00-ff-ff-ff (policy-merlin)');
});

test('a member of a group without a row has what the default says', (t) => {
  const text = `[default]\naction = "menu"\n[[group]]\nname = "g"\nmacs = ["${MAC}"]\n`;
  t.is(
    answerOf(parsePolicy(text, 'policy.toml'), CLIENTS['UEFI PXE']),
    'tftp snponly.efi (policy-menu)',
  );
});

test("a device that is known by its UUID is found, and its script's address has the UUID", (t) => {
  const text = `[[device]]\nuuid = "${UUID}"\naction = "merlin"\n`;
  const who = client('bios', { isIpxe: true, uuid: UUID });
  const answer = decideAnswer(parsePolicy(text, 'p'), () => 'waiting', PROXY)(who);
  t.is(textOf(answer), `http ${SCRIPT}/${UUID} (policy-merlin)`);
  // The field of DHCP that names a boot file has 127 characters.
  const longest = `http://255.255.255.255:65535/${answer.kind === 'file' ? answer.name : ''}`;
  t.true(longest.length <= 127);
});
