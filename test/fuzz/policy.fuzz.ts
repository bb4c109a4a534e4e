/** Policy files: what is read has only values that are checked, what is refused is refused in printable words. */
import assert from 'node:assert/strict';
import { isNacreError } from '../../src/errors.ts';
import { findDevice, lineOf, orderOf, type Policy } from '../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../src/pxe/policy/policy-file.ts';

const TEXT = `# a lab
answer = "known"
[default]
action = "menu"
[menu]
wait = 5
rescue-shell = true
password = "grub.pbkdf2.sha512.10000.000102030405060708.000102030405060708090a0b0c0d0e0f"
[[group]]
name = "lab-2"
macs = ["52:54:00:00:00:01", "52-54-00-00-00-02"]
uuids = ["11112222-3333-4444-5555-666677778888"]
[[device]]
group = "lab-2"
action = "image"
image = "lab-pc:latest"
layout = "wes7"
layout-policy = "vendor"
backup = false
trust = "release.pub"
order = 3
[[device]]
mac = "52:54:00:12:34:56"
action = "capture"
name = "golden"
secure-boot = true
[[device]]
uuid = "11112222-3333-4444-5555-66667777AAAA"
action = 'local-disk'
`;

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  Buffer.from(TEXT),
  Buffer.from('device = [{ mac = "52:54:00:12:34:56", action = "merlin" }]\nanswer = "everyone"\n'),
  Buffer.from(''),
];

const parse = (text: string): Policy | undefined => {
  try {
    return parsePolicy(text, 'policy.toml');
  } catch (error) {
    const isRefused =
      isNacreError(error, 'PXE_POLICY_INVALID') || isNacreError(error, 'PXE_POLICY_UNREADABLE');
    if (!isRefused) throw error;
    assert.match(error.message, /^[^\p{C}]{1,1000}$/u);
    return undefined;
  }
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const policy = parse(Buffer.from(bytes).toString('utf8'));
  if (policy === undefined) return;
  assert(orderOf(policy.otherwise.action) === undefined);
  for (const mac of policy.byMac.keys()) {
    assert.match(mac, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
    const found = findDevice(policy, { mac, uuid: undefined });
    assert.match(found?.key ?? '', /^mac-[0-9a-f]{2}(-[0-9a-f]{2}){5}$/);
    const order = found?.row && orderOf(found.row.action);
    if (order !== undefined) assert.match(lineOf(order), /^[0-9a-f]{32}$/);
  }
  for (const uuid of policy.byUuid.keys()) assert.match(uuid, /^[0-9a-f-]{36}$/);
};
