/**
 * What each client of the network is told to load. Each firmware has its own way to the same end:
 *
 * - BIOS: iPXE (its own, else undionly.kpxe by TFTP), which takes a script by HTTP. A script that only says `exit` makes the
 *   BIOS go on to its disk within seconds.
 * - UEFI: an application that ends leaves the machine in its setup menu, and silence costs minutes of every start, because
 *   the firmware tries each of its network entries. So one that has nothing to do gets a GRUB that starts the disk's loader.
 * - Secure Boot: shim and Debian's GRUB by TFTP. That GRUB takes its server from the DHCP server alone.
 */

import type { AnswerReason, NetworkAnswer, NetworkClient } from '../network-client.ts';
import { type DevicePlan, planDevice } from './device-plan.ts';
import type { OrderStateOf } from './orders.ts';
import type { Policy } from './policy.ts';

/** What the answers depend on besides policy and orders. */
export interface AnswerFacts {
  /** The client has its address from us, not from another DHCP server. */
  readonly isDhcpServer: boolean;
}

type Doing = Exclude<DevicePlan, { does: 'nothing' }>;

const silence = (reason: AnswerReason): NetworkAnswer => ({ kind: 'silence', reason });

const file = (name: string, transport: 'tftp' | 'http', reason: AnswerReason): NetworkAnswer => ({
  kind: 'file',
  name,
  transport,
  reason,
});

/** Address of a client's iPXE script; the client fetches it as it stands. */
export const scriptName = ({ mac, uuid }: Pick<NetworkClient, 'mac' | 'uuid'>): string => {
  const device = `boot/ipxe/${mac.replaceAll(':', '-')}`;
  return uuid === undefined ? device : `${device}/${uuid}`;
};

const secureAnswer = (
  { transport }: NetworkClient,
  { reason }: Doing,
  { isDhcpServer }: AnswerFacts,
): NetworkAnswer => {
  if (transport === 'http') return silence('secure-boot-over-http');
  if (!isDhcpServer) return silence('secure-boot-behind-another-dhcp-server');
  return file('shimx64.efi', 'tftp', reason);
};

const efiAnswer = (client: NetworkClient, plan: Doing, facts: AnswerFacts): NetworkAnswer => {
  const { does, reason } = plan;
  if (plan.hasSecureBoot) return secureAnswer(client, plan, facts);
  if (client.isIpxe) return file(scriptName(client), 'http', reason);
  if (does === 'local-disk') return file('local-disk.efi', client.transport, reason);
  if (client.transport === 'tftp') return file('snponly.efi', 'tftp', reason);
  // One file that has all it needs: nobody found out whether iPXE finds its network card after HTTP boot.
  return file(does === 'menu' ? 'menu.efi' : 'merlin.efi', 'http', reason);
};

const biosAnswer = (client: NetworkClient, { reason }: Doing): NetworkAnswer => {
  if (client.isIpxe) return file(scriptName(client), 'http', reason);
  // No BIOS boots by HTTP of its own.
  if (client.transport === 'http') return silence('architecture-not-supported');
  return file('undionly.kpxe', 'tftp', reason);
};

/** What clients are told under this policy, with orders as they stand. */
export const decideAnswer =
  (policy: Policy, stateOf: OrderStateOf, facts: AnswerFacts) =>
  (client: NetworkClient): NetworkAnswer => {
    const plan = planDevice(policy, stateOf, client);
    if (plan.does === 'nothing') return silence(plan.reason);
    if (client.architecture === 'bios') return biosAnswer(client, plan);
    if (client.architecture === 'efi-x64') return efiAnswer(client, plan, facts);
    return silence('architecture-not-supported');
  };
