/** A shell in the boot environment, at the terminal where its administrator sits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';

const BUSYBOX = '/n/bin/busybox';
/** The links make `ls` and all others be found; the new session has the terminal, so that Ctrl-C ends what runs in it. */
const START = `mkdir -p /tmp/bin && ${BUSYBOX} --install -s /tmp/bin && cd /tmp && exec ${BUSYBOX} setsid -c ${BUSYBOX} sh -i`;

export interface RescueShellOptions {
  /** Node of the terminal. */
  readonly terminal: string;
  readonly signal: AbortSignal;
}

/**
 * Runs it until it ends. The kernel hangs the terminal up then, as it does at the end of every session: nothing that others
 * had open there shows anything any more.
 *
 * @returns its exit code
 */
export const runRescueShell = async ({ terminal, signal }: RescueShellOptions): Promise<number> => {
  const file = openSync(terminal, constants.O_RDWR | constants.O_NOCTTY);
  try {
    const child = spawn(BUSYBOX, ['sh', '-c', START], {
      stdio: [file, file, file],
      env: { PATH: '/tmp/bin:/n/bin', HOME: '/tmp', TERM: 'linux', PS1: 'merlin# ' },
      signal,
    });
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    closeSync(file);
  }
};
