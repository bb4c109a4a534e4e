/** `nacre pxe check`: what would keep devices from starting from the network, before a device finds it. */
import os from 'node:os';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { findingText } from '../pxe/findings.ts';
import { BOOT, bootFolderOf } from './boot-folder.ts';
import { INTERFACE, RANGE } from './pxe-places.ts';

/** DHCP, TFTP, and the second port of PXE. */
const PORTS = [
  { port: 67, isShared: true },
  { port: 69, isShared: false },
  { port: 4011, isShared: false },
];

const check = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const [{ runPreflight }, { chooseInterfaces }, { parseLeaseRange }] = await Promise.all([
    import('../../pxe/preflight.ts'),
    import('../../pxe/interfaces.ts'),
    import('../../pxe/dhcp/lease-range.ts'),
  ]);
  const interfaces = chooseInterfaces(call.list('interface'), os.networkInterfaces());
  const range = call.text('dhcp');
  const findings = await runPreflight({
    interfaces,
    bootFolder: call.text('boot') ?? bootFolderOf(call),
    ports: PORTS,
    range: range === undefined ? undefined : parseLeaseRange(range, interfaces),
    signal: session.signal,
  });
  const ok = findings.every(({ level }) => level !== 'problem');
  return {
    json: { ok, findings },
    text: findings.map((one) => findingText(one, session.language)).join(''),
    exitCode: ok ? 0 : 1,
  };
};

export const CHECK: CommandSpec = {
  name: 'check',
  summary: {
    en: 'look for what keeps devices from starting from the network',
    ja: 'ネットワーク起動を妨げるものを調べる',
  },
  details: {
    en: 'Looks at ports, boot files and firewall of this machine, and asks the network as a device would: who gives addresses, and who names boot files. Takes some seconds and changes nothing.',
    ja: 'この機械のポート、ブートファイル、ファイアウォールを調べ、端末と同じ問い合わせをネットワークに送って、アドレスやブートファイルを配るサーバーを探します。数秒かかります。何も変更しません。',
  },
  options: [INTERFACE, RANGE, BOOT],
  example: 'nacre pxe check --interface eth0',
  run: check,
};
