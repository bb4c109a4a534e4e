/** `agent.toml`: what an administrator of a device may say to its agent. Without the file everything has its default. */
import { parse } from 'smol-toml';
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import { type AgentFiles, readIfThere } from './agent-files.ts';

const LIMIT_BYTES = 64 * 1024;
const MOST_COMMANDS = 32;
const MOST_PATHS = 1024;
const path = z.string().min(1).max(1024);

const shape = z.strictObject({
  /** The disk of the device; default: the one that the OS runs from. */
  disk: path.optional(),
  /** Commands that have to succeed in a new OS, besides the check-in. */
  health: z
    .array(z.array(z.string().max(1024)).min(1).max(32))
    .max(MOST_COMMANDS)
    .default([]),
  /** Files and folders that the device keeps when its OS is made anew, besides its identity. */
  keep: z.array(path).max(MOST_PATHS).default([]),
  /** Programs that are told of a restart beforehand. */
  notice: path.default('/etc/nacre/notice.d'),
});
export type AgentSettings = Readonly<z.output<typeof shape>>;

const invalid = (file: string, line: number, reason: string, cause?: unknown): NacreError =>
  new NacreError('CLI_CONFIG_INVALID', { file, line, reason }, { cause });

const lineOf = (reason: unknown): number =>
  reason instanceof Error && 'line' in reason ? Number(reason.line) : 0;

/** @throws NacreError CLI_CONFIG_INVALID */
export const parseAgentSettings = (file: string, text: string): AgentSettings => {
  if (text.length > LIMIT_BYTES) throw invalid(file, 0, `more than ${LIMIT_BYTES} characters`);
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw invalid(file, lineOf(cause), 'it is no TOML', cause);
  }
  const { data, error } = shape.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw invalid(file, 0, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, error);
};

/** @throws NacreError CLI_CONFIG_INVALID */
export const readAgentSettings = async ({ settings }: AgentFiles): Promise<AgentSettings> =>
  parseAgentSettings(settings, (await readIfThere(settings)) ?? '');
