/**
 * What would keep devices from starting, found before a device finds it: ports that are taken, boot files that are not built, a
 * firewall, and other servers on the wire (reference: who wins against whom was measured with iPXE and OVMF).
 */
import { ipv4Text } from '../codec/ipv4.ts';
import { readBootFiles } from '../disk/boot-files.ts';
import { runTool } from '../disk/tool.ts';
import { isNacreError } from '../errors.ts';
import { findPortOwner } from '../job/serving/port-owner.ts';
import { closeSocket, openSocket } from './bound-socket.ts';
import type { LeaseRange } from './dhcp/lease-range.ts';
import { type DhcpOfferFacts, probeRivals } from './dhcp/rival-probe.ts';
import type { ServedInterface } from './interfaces.ts';

/** `problem`: devices will not start; `warning`: some may not; `fine`: looked at, and right. */
export type FindingLevel = 'fine' | 'warning' | 'problem';

export const FINDINGS = [
  'port-free',
  'port-shared',
  'port-taken',
  'port-denied',
  'boot-files-whole',
  'boot-files-wrong',
  'firewall-drops',
  'dhcp-server',
  'dhcp-server-beside-ours',
  'no-dhcp-server',
  'boot-file-of-others',
  'other-pxe-service',
  'probe-impossible',
] as const;
export type FindingName = (typeof FINDINGS)[number];

/** One thing that was looked at; the facts are the values of its message. */
export interface Finding {
  readonly level: FindingLevel;
  readonly name: FindingName;
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface NeededPort {
  readonly port: number;
  /** Other programs that agree may have it as well, as DHCP servers do. */
  readonly isShared: boolean;
}

export interface PreflightOptions {
  readonly interfaces: readonly ServedInterface[];
  readonly bootFolder: string;
  /** UDP ports that the service needs, opened as it opens them. */
  readonly ports: readonly NeededPort[];
  /** We shall be the DHCP server. */
  readonly range?: LeaseRange | undefined;
  /** MAC address that asks the network; a new one by default. */
  readonly mac?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is looked at when the service itself holds ports and boot files. */
export type NetworkCheckOptions = Omit<PreflightOptions, 'bootFolder' | 'ports'>;

const finding = (
  level: FindingLevel,
  name: FindingName,
  facts: Finding['facts'] = {},
): Finding => ({ level, name, facts });

/** Whether a port could be had now. Unicast to a shared one reaches the program that opened it last. */
const checkPort = async ({ port, isShared }: NeededPort): Promise<Finding> => {
  try {
    await closeSocket(await openSocket({ port, address: '0.0.0.0', isShared }));
    const owner = isShared ? await findPortOwner('udp', port) : undefined;
    if (owner === undefined) return finding('fine', 'port-free', { port });
    const facts = { port, owner: `${owner.program} (pid ${owner.pid})` };
    return finding('warning', 'port-shared', facts);
  } catch (reason) {
    if (isNacreError(reason, 'PXE_PORT_TAKEN'))
      return finding('problem', 'port-taken', { port, owner: String(reason.facts['owner']) });
    if (isNacreError(reason, 'PXE_PORT_DENIED')) return finding('problem', 'port-denied', { port });
    throw reason;
  }
};

const checkBootFiles = async (folder: string): Promise<Finding> => {
  try {
    const { kernel } = await readBootFiles(folder);
    return finding('fine', 'boot-files-whole', { folder, kernel });
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    return finding('problem', 'boot-files-wrong', { folder, reason: reason.message });
  }
};

/** True for chains (as `nft list chains` prints them) of which one drops what comes in unless a rule lets it pass. */
export const dropsInput = (chains: string): boolean =>
  /hook input [^;]*;\s*policy drop/.test(chains);

/** Rules of nftables, and of iptables on top of it. */
const checkFirewall = async (): Promise<readonly Finding[]> => {
  try {
    const { stdout } = await runTool('nft', ['list', 'chains']);
    return dropsInput(stdout) ? [finding('warning', 'firewall-drops')] : [];
  } catch (reason) {
    // Without nft there is none of its rules; without the right to look nothing can be said.
    if (isNacreError(reason, 'TOOL_MISSING') || isNacreError(reason, 'TOOL_FAILED')) return [];
    throw reason;
  }
};

const isPxeService = ({ address, vendorClass }: DhcpOfferFacts): boolean =>
  address === undefined && vendorClass !== undefined;

/** One line for each server, whatever it was asked for. */
const serversOf = (offers: readonly DhcpOfferFacts[]): readonly DhcpOfferFacts[] => [
  ...new Map(offers.map((offer) => [offer.server, offer])).values(),
];

/** What the servers on one wire mean for us. Our own service, when it runs, is none of the others. */
export const judgeOffers = (
  all: readonly DhcpOfferFacts[],
  { name, address }: ServedInterface,
  range: LeaseRange | undefined,
): readonly Finding[] => {
  const others = all.filter(({ server }) => server !== address);
  const givers = serversOf(others.filter((offer) => offer.address !== undefined));
  const place = { interface: name };
  const found = givers.map(({ server }) =>
    range === undefined
      ? finding('fine', 'dhcp-server', { ...place, server })
      : finding('problem', 'dhcp-server-beside-ours', {
          ...place,
          server,
          range: `${ipv4Text(range.first)}-${ipv4Text(range.last)}`,
        }),
  );
  if (givers.length === 0 && range === undefined)
    found.push(finding('problem', 'no-dhcp-server', place));
  // A service may send a menu first, and name its file when it was chosen.
  const hasFile = ({ bootFile }: DhcpOfferFacts): boolean => bootFile !== undefined;
  const menus = others.filter((offer) => isPxeService(offer) && !hasFile(offer));
  const named = [...menus, ...others.filter(hasFile)];
  for (const offer of serversOf(named)) {
    const facts = { ...place, server: offer.server, file: offer.bootFile ?? 'a menu' };
    const name = isPxeService(offer) ? 'other-pxe-service' : 'boot-file-of-others';
    found.push(finding('problem', name, facts));
  }
  return found;
};

const checkWire = async (
  served: ServedInterface,
  { range, mac, signal }: NetworkCheckOptions,
): Promise<readonly Finding[]> => {
  try {
    const offers = await probeRivals({ address: served.address, mac, signal });
    const ours = range?.interface.name === served.name ? range : undefined;
    return judgeOffers(offers, served, ours);
  } catch (reason) {
    // The client's own port belongs to a DHCP client, or needs a right.
    if (!isNacreError(reason, 'PXE_PORT_TAKEN') && !isNacreError(reason, 'PXE_PORT_DENIED'))
      throw reason;
    const facts = { interface: served.name, reason: reason.message };
    return [finding('warning', 'probe-impossible', facts)];
  }
};

/** Looks at the firewall and at the other servers of each wire. @throws NacreError CANCELLED */
export const checkNetwork = async (options: NetworkCheckOptions): Promise<readonly Finding[]> => {
  const found = [...(await checkFirewall())];
  for (const served of options.interfaces) found.push(...(await checkWire(served, options)));
  return found;
};

/** Looks at everything. @throws NacreError CANCELLED */
export const runPreflight = async (options: PreflightOptions): Promise<readonly Finding[]> => {
  const found: Finding[] = [];
  for (const port of options.ports) found.push(await checkPort(port));
  found.push(await checkBootFiles(options.bootFolder), ...(await checkNetwork(options)));
  return found;
};
