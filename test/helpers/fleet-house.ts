/** A manager and its service of network boot as programs on a network of their own, and an administrator who uses the command line. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bootEnvironment } from './boot-environment.ts';
import { NetworkLab, type RunningProgram } from './network-lab.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
/** Each look is a start of the program. */
const LOOK_MS = 4000;
const DEFAULT_MINUTES = 20;

export type Json = Readonly<Record<string, unknown>>;

export interface FleetHouse {
  readonly lab: NetworkLab;
  /** Of store, data and login. */
  readonly folder: string;
  /** For the agents. */
  readonly manager: { readonly url: string; readonly pin: string };
  /** A command of the administrator; it has to succeed unless `mayFail`. */
  nacre(words: readonly string[], mayFail?: boolean): Promise<Json>;
  /** The first answer of a command that is wanted. @throws Error with the last one after `minutes` */
  until(
    words: readonly string[],
    isWanted: (answer: Json) => boolean,
    minutes?: number,
  ): Promise<Json>;
}

/** Objects below a name of an answer. */
export const listOf = (answer: Json, name: string): readonly Json[] => {
  const list = answer[name];
  return Array.isArray(list) ? (list as readonly Json[]) : [];
};

/** A host `server` with 10.77.0.1 on the segment `lan`, where it gives the addresses from 100 on. */
export const openFleetHouse = async (t: Owner): Promise<FleetHouse> => {
  const lab = await NetworkLab.open(t);
  await lab.connect('server', 'eth0', 'lan', '10.77.0.1/24');
  const folder = await temporaryFolder(t);
  const at = (name: string): string => path.join(folder, name);
  const start = (words: readonly string[]): RunningProgram =>
    lab.start('server', 'env', [`XDG_CONFIG_HOME=${folder}`, process.execPath, MAIN, ...words]);
  const nacre: FleetHouse['nacre'] = async (words, mayFail = false) => {
    const said = await start([...words, '--store', at('store'), '--quiet', '--json']).end();
    const answer = JSON.parse(said.join('\n')) as Json;
    if (answer['error'] !== undefined && !mayFail)
      throw new Error(`nacre ${words.join(' ')}: ${said.join('\n')}`);
    return answer;
  };
  const places = ['--store', at('store'), '--data', at('data')];
  const url = 'https://10.77.0.1:30806';
  const manager = start(['manager', 'serve', '--listen', '10.77.0.1:30806', ...places]);
  const pin = /sha256:[0-9a-f]{64}/.exec(await manager.waitFor(/key \(pin\)/))?.[0] ?? '';
  const password = /password (\S+)/.exec(await manager.waitFor(/first login/))?.[1];
  await writeFile(at('password'), `${password}\n`, { mode: 0o600 });
  await nacre(['login', '--server', url, '--pin', pin, '--password-file', at('password')]);
  const token = await nacre(['token', 'make', 'pxe', '--scope', 'network-boot:write']);
  await writeFile(at('pxe.token'), `${String(token['token'])}\n`, { mode: 0o600 });
  const toManager = ['--server', url, '--pin', pin, '--token-file', at('pxe.token'), '--unsigned'];
  const range = ['--interface', 'eth0', '--dhcp', '10.77.0.100-10.77.0.199'];
  const service = start([
    ...['pxe', 'serve', ...range, ...toManager, '--boot', bootEnvironment(), ...places],
  ]);
  await service.waitFor(/^\S+ ready: |^nacre: /);
  return {
    ...{ lab, folder, nacre, manager: { url, pin } },
    until: async (words, isWanted, minutes = DEFAULT_MINUTES) => {
      const end = performance.now() + minutes * 60_000;
      for (;;) {
        const answer = await nacre(words, true);
        if (isWanted(answer)) return answer;
        if (performance.now() > end)
          throw new Error(
            `nacre ${words.join(' ')} said at last: ${JSON.stringify(answer)}; the service: ${service.lines.join('\n')}`,
          );
        await wait(LOOK_MS);
      }
    },
  };
};
