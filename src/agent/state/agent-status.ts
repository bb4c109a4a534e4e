/** What a running agent says of itself, for `nacre agent status`: written with each check-in, and missed by nobody after a cut. */
import { rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { type AgentFiles, readIfThere } from './agent-files.ts';

const generation = z.object({
  name: z.string(),
  id: z.string(),
  isCurrent: z.boolean(),
  complete: z.boolean(),
  verified: z.boolean(),
  sizeBytes: z.number(),
});

const shape = z.object({
  release: z.string(),
  /** The last answer; null before the first one of this run. Times are of the device's own clock. */
  checkIn: z.object({ at: z.string(), note: z.string() }).nullable(),
  /** Why the manager is not obeyed, or was not reached since; null while nothing is wrong. */
  problem: z.object({ at: z.string(), code: z.string(), message: z.string() }).nullable(),
  disk: z.string().nullable(),
  /** Backup details; null without a backup partition. */
  backup: z
    .object({
      sizeBytes: z.number(),
      freeBytes: z.number(),
      generations: z.array(generation),
    })
    .nullable(),
});
export type AgentStatus = Readonly<z.output<typeof shape>>;

/** Not flushed: it comes anew with the next check-in, and flash lasts longer. A disk that is full costs the line, and no agent. */
export const writeAgentStatus = async (
  { status: file }: AgentFiles,
  status: AgentStatus,
): Promise<void> => {
  try {
    await writeFile(`${file}.new`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (reason) {
    if (!(reason instanceof Error && 'syscall' in reason)) throw reason;
  }
};

/** Undefined where no agent has said anything that can be read. */
export const readAgentStatus = async ({
  status: file,
}: AgentFiles): Promise<AgentStatus | undefined> => {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch (reason) {
    if (reason instanceof SyntaxError || reason instanceof z.ZodError) return undefined;
    throw reason;
  }
};
