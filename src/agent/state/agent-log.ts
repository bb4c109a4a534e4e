/** The agent's own log: lines of pino in two files of a bounded size, for a device whose journal nobody can read. */
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { AgentFiles } from './agent-files.ts';

/** The newer file becomes the older one at this size: twice as much is kept at most. */
const FILE_BYTES = 2 ** 20;

const olderOf = (log: string): string => `${log}.1`;

const isMissing = (reason: unknown): boolean =>
  reason instanceof Error &&
  'code' in reason &&
  (reason.code === 'ENOENT' || reason.code === 'ENOTDIR');

const sizeOf = (file: string): number => {
  try {
    return statSync(file).size;
  } catch (reason) {
    if (isMissing(reason)) return 0;
    throw reason;
  }
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (reason) {
    if (isMissing(reason)) return '';
    throw reason;
  }
};

/** A destination of pino. A disk that is full costs lines, and no agent. */
export const openAgentLog = (
  { log }: AgentFiles,
  fileBytes = FILE_BYTES,
): { readonly write: (line: string) => void } => {
  let size = sizeOf(log);
  return {
    write: (line) => {
      try {
        if (size > 0 && size + line.length > fileBytes) {
          renameSync(log, olderOf(log));
          size = 0;
        }
        appendFileSync(log, line, { mode: 0o600 });
        size += Buffer.byteLength(line);
      } catch (reason) {
        if (!(reason instanceof Error && 'syscall' in reason)) throw reason;
      }
    },
  };
};

/** The last lines, oldest first. */
export const readAgentLog = ({ log }: AgentFiles, lines: number): readonly string[] => {
  const all = `${textOf(olderOf(log))}${textOf(log)}`.split('\n').filter((line) => line !== '');
  return all.slice(Math.max(0, all.length - lines));
};
