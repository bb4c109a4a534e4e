/** The TFTP servers that are compared, each with the same files on port 69 of the same address. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { runTool } from '../../src/disk/tool.ts';
import type { RunningProgram } from '../helpers/network-lab.ts';
import type { ServeLab } from '../helpers/serve-lab.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
export const SERVER_ADDRESS = '10.77.0.1';

export interface BenchedServer {
  readonly name: string;
  /** Others leave the option out and send one block at a time. */
  readonly knowsWindows: boolean;
  readonly version: () => Promise<string>;
  readonly start: () => Promise<RunningProgram>;
}

/** A program of a Debian package that is only unpacked, because its installation would start it. */
const unpacked = (name: string, file: string): string => {
  const words = { encoding: 'utf8', cwd: ROOT } as const;
  const folder = execFileSync(path.join(ROOT, 'scripts/fetch-package'), [name], words).trim();
  return path.join(ROOT, folder, file);
};

const versionOf = async (name: string): Promise<string> => {
  const { stdout } = await runTool('apt-cache', ['show', '--no-all-versions', name]);
  return `${name} ${/^Version: (.*)$/m.exec(stdout)?.[1]}`;
};

/** Name of ours. */
export const OWN_SERVER = 'nacre';

/** All of them; ours first. `folder` has the files, readable by anybody. */
export const benchedServers = (net: ServeLab, folder: string): readonly BenchedServer[] => {
  const start = async (program: string, words: readonly string[]): Promise<RunningProgram> =>
    net.lab.start('server', program, words);
  return [
    {
      name: OWN_SERVER,
      knowsWindows: true,
      version: async () => OWN_SERVER,
      start: () => net.serve(),
    },
    {
      name: 'atftpd',
      knowsWindows: true,
      version: () => versionOf('atftpd'),
      start: () =>
        start(unpacked('atftpd', 'usr/sbin/atftpd'), [
          ...[
            '--daemon',
            '--no-fork',
            '--user',
            'root',
            '--group',
            'root',
            '--logfile',
            '/dev/null',
          ],
          ...['--maxthread', '200', '--bind-address', SERVER_ADDRESS, folder],
        ]),
    },
    {
      name: 'tftpd-hpa',
      knowsWindows: false,
      version: () => versionOf('tftpd-hpa'),
      start: () =>
        start(unpacked('tftpd-hpa', 'usr/sbin/in.tftpd'), [
          ...['--listen', '--foreground', '--user', 'root', '--address', `${SERVER_ADDRESS}:69`],
          ...['--secure', folder],
        ]),
    },
    {
      name: 'dnsmasq',
      knowsWindows: false,
      version: () => versionOf('dnsmasq-base'),
      start: () =>
        start('dnsmasq', [
          ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--no-resolv'],
          ...['--interface=eth0', '--enable-tftp', `--tftp-root=${folder}`, '--tftp-max=200'],
        ]),
    },
  ];
};
