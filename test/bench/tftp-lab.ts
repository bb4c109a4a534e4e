/** A network with a server and, behind each kind of cable, a host of clients; and what one read of it costs. */
import { chmod, link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { layCable } from '../helpers/cable.ts';
import { fixtureProgram } from '../helpers/fixture-program.ts';
import { makeNetworkBootFiles, networkBootFiles } from '../helpers/network-boot-files.ts';
import type { NetworkLab, RunningProgram } from '../helpers/network-lab.ts';
import { Noise } from '../helpers/noise.ts';
import { ProcessGroup } from '../helpers/process-cost.ts';
import { openServeLab, type ServeLab } from '../helpers/serve-lab.ts';
import type { Owner } from '../helpers/temporary-folder.ts';
import { type Cell, FILES, WIRES, type Wire } from './tftp-cells.ts';
import { SERVER_ADDRESS } from './tftp-servers.ts';

/** Addresses of each host of clients: ours takes eight transfers from one. */
const CLIENTS = 50;

/** One read of all clients. */
export interface Read {
  readonly seconds: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
  readonly blocks: number;
  readonly duplicates: number;
}

export interface TftpBenchLab {
  readonly net: ServeLab;
  /** The files under the names that clients ask for. */
  readonly folder: string;
  /** @throws Error when a client fails, or gets other bytes than the file has */
  readonly read: (cell: Cell) => Promise<Read>;
  /** Counts the CPU of this server from now on. */
  readonly watch: (server: RunningProgram) => Promise<void>;
}

const addClients = async (lab: NetworkLab, wire: Wire, index: number): Promise<string> => {
  const faults = WIRES[wire];
  const segment = faults === undefined ? 'lan' : wire;
  const address = (number: number): string => `10.77.${index + 1}.${number}`;
  await lab.connect(wire, 'eth0', segment, `${address(1)}/16`);
  for (let number = 2; number <= CLIENTS; number++)
    await lab.ip(wire, `address add ${address(number)}/16 dev eth0`);
  if (faults !== undefined) await layCable(lab, ['lan', segment], faults);
  return address(1);
};

/** Noise of the sizes of FILES, as boot files of ours and in a folder for the others. */
const makeFiles = async (net: ServeLab): Promise<string> => {
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, length]) => [name, new Noise(name).bytes(length)]),
  );
  const { vmlinuz, 'initrd.pxe': initrd, ...loaders } = files;
  const listed = Object.entries(loaders).map(([name, bytes]) => [`ipxe/${name}`, bytes]);
  const boot = path.join(net.folder, 'boot');
  await makeNetworkBootFiles(boot, {
    ...networkBootFiles(),
    ...{ vmlinuz, 'initrd.pxe': initrd },
    ...Object.fromEntries(listed),
  });
  const folder = path.join(net.folder, 'files');
  await mkdir(folder);
  for (const name of Object.keys(FILES)) {
    const listedName = name in loaders ? `ipxe/${name}` : name;
    await link(path.join(boot, listedName), path.join(folder, name));
  }
  // Others serve as nobody.
  for (const each of [net.folder, folder]) await chmod(each, 0o755);
  return folder;
};

/** Opens it. */
export const openTftpBenchLab = async (owner: Owner): Promise<TftpBenchLab> => {
  // First of all: it is removed last, when what it counts has ended.
  const group = await ProcessGroup.open(owner);
  const net = await openServeLab(owner, 'answer = "everyone"\n');
  await net.lab.ip('server', 'address delete 10.77.0.1/24 dev eth0');
  await net.lab.ip('server', `address add ${SERVER_ADDRESS}/16 dev eth0`);
  const folder = await makeFiles(net);
  const first = new Map<Wire, string>();
  for (const [index, wire] of (Object.keys(WIRES) as Wire[]).entries())
    first.set(wire, await addClients(net.lab, wire, index));
  const read: TftpBenchLab['read'] = async (cell) => {
    const { wire, clients, file, blockBytes, windowBlocks } = cell;
    const words = [SERVER_ADDRESS, file, path.join(folder, file), clients, first.get(wire)];
    const sizes = [blockBytes, windowBlocks];
    const before = await group.cpuSeconds();
    const load = net.lab.start(wire, fixtureProgram('tftp-load'), [...words, ...sizes].map(String));
    const line = await load.waitFor(/^\{/);
    const lines = await load.end();
    const report = JSON.parse(line) as Omit<Read, 'cpuSeconds'> & { readonly failed: number };
    if (report.failed > 0) throw new Error(lines.join('\n'));
    return { ...report, cpuSeconds: (await group.cpuSeconds()) - before };
  };
  return { net, folder, read, watch: ({ pid }) => group.take(pid) };
};
