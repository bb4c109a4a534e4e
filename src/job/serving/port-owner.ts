/** Which program has a port, as far as Linux tells this user. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../../codec/printable.ts';

/** A running program. */
export interface PortOwner {
  readonly pid: number;
  /** Its name, printable. */
  readonly program: string;
}

const LISTENING_TCP = '0A';
const HEADER_LINES = 1;

/** Numbers of the sockets on a port, from the text of `/proc/net/udp` or `/proc/net/tcp`. */
export const socketsOnPort = (table: string, port: number, isTcp: boolean): readonly string[] =>
  table
    .split('\n')
    .slice(HEADER_LINES)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      const [, local = '', , state] = columns;
      const isListening = !isTcp || state === LISTENING_TCP;
      const found = Number.parseInt(local.split(':')[1] ?? '', 16);
      return isListening && found === port ? columns.slice(9, 10) : [];
    });

/** What vanishes while it is looked at, or is another user's, is passed over. */
const readOr = async <Value>(reading: Promise<Value>, otherwise: Value): Promise<Value> => {
  try {
    return await reading;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return otherwise;
    throw reason;
  }
};

const hasSocket = async (folder: string, links: ReadonlySet<string>): Promise<boolean> => {
  for (const name of await readOr(readdir(folder), [])) {
    if (links.has(await readOr(readlink(path.join(folder, name)), ''))) return true;
  }
  return false;
};

/**
 * The program with a socket on a port. This process itself does not count.
 *
 * @param proc where the process file system lies
 * @returns undefined when there is none, or this user may not see it
 */
export const findPortOwner = async (
  protocol: 'udp' | 'tcp',
  port: number,
  proc = '/proc',
): Promise<PortOwner | undefined> => {
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((name) =>
      readOr(readFile(path.join(proc, 'self/net', name), 'utf8'), ''),
    ),
  );
  const sockets = tables.flatMap((table) => socketsOnPort(table, port, protocol === 'tcp'));
  if (sockets.length === 0) return undefined;
  const links = new Set(sockets.map((socket) => `socket:[${socket}]`));
  for (const name of await readOr(readdir(proc), [])) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (!(await hasSocket(path.join(proc, name, 'fd'), links))) continue;
    const program = await readOr(readFile(path.join(proc, name, 'comm'), 'utf8'), 'unknown');
    return { pid, program: printable(program.trim()) };
  }
  return undefined;
};
