/** The policy file of `nacre pxe serve` (TOML, cli.md): read, checked, and refused with its place. */
import { open } from 'node:fs/promises';
import { parse, TomlError } from 'smol-toml';
import { NacreError } from '../../errors.ts';
import { type FileWatch, type FileWatchOptions, watchFile } from '../file-watch.ts';
import type { Policy } from './policy.ts';
import { readPolicy } from './policy-rows.ts';
import type { PolicyFault } from './policy-schema.ts';

/** Largest policy file: room for 10,000 rows. */
export const MOST_POLICY_BYTES = 2 * 2 ** 20;
/** A policy has lists in tables in lists. */
const MOST_DEPTH = 8;
/** Of the message of the TOML parser, which shows the line as well. */
const MOST_REASON = 120;

const unreadable = (
  file: string,
  line: number,
  reason: string,
  cause?: unknown,
): NacreError<'PXE_POLICY_UNREADABLE'> =>
  new NacreError('PXE_POLICY_UNREADABLE', { file, line, reason }, { cause });

/** Where the table of a fault begins, when it has a heading of its own. */
const lineOf = (text: string, { table, row }: PolicyFault): number | undefined => {
  const heading = row === undefined ? /^[ \t]*\[[^[]/ : /^[ \t]*\[\[/;
  const lines = text.split('\n').flatMap((line, index) => {
    const name = heading.test(line) ? /^[ \t[]*([^\]\s]*)/.exec(line)?.[1] : undefined;
    return name !== undefined && name === table ? [index + 1] : [];
  });
  return lines[row ?? 0];
};

const tablesOf = (text: string, file: string): unknown => {
  try {
    return parse(text, { maxDepth: MOST_DEPTH, unsafeKeyBehaviour: 'throw' });
  } catch (reason) {
    if (!(reason instanceof TomlError)) throw reason;
    const [first = ''] = reason.message.replace('Invalid TOML document: ', '').split('\n');
    const shown = first.slice(0, MOST_REASON).replace(/\p{C}/gu, '?');
    throw unreadable(file, reason.line, shown, reason);
  }
};

/**
 * The policy in the text of a file.
 *
 * @param file as it is named in messages
 * @throws NacreError PXE_POLICY_UNREADABLE with the line, PXE_POLICY_INVALID with the key and both values
 */
export const parsePolicy = (text: string, file: string): Policy =>
  readPolicy(tablesOf(text, file), (fault) => {
    const line = lineOf(text, fault);
    const key = line === undefined ? fault.key : `${fault.key} (line ${line})`;
    const { found, needed } = fault;
    return new NacreError('PXE_POLICY_INVALID', { file, key, found, needed });
  });

const readText = async (file: string): Promise<string> => {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(MOST_POLICY_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) break;
    }
    if (length > MOST_POLICY_BYTES)
      throw unreadable(file, 0, `it has more than ${MOST_POLICY_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } finally {
    await handle.close();
  }
};

const hasCode = (reason: unknown): reason is Error & { readonly code: unknown } =>
  reason instanceof Error && 'code' in reason;

/** Reads the policy of a file. @throws NacreError PXE_POLICY_UNREADABLE, PXE_POLICY_INVALID */
export const readPolicyFile = async (file: string): Promise<Policy> => {
  let text: string;
  try {
    text = await readText(file);
  } catch (reason) {
    if (reason instanceof NacreError || !hasCode(reason)) throw reason;
    const isEncoding = reason.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    throw unreadable(file, 0, isEncoding ? 'it is not UTF-8' : String(reason.code), reason);
  }
  return parsePolicy(text, file);
};

/**
 * The policy of a file, read again when the file changes. A file that is wrong then leaves the policy in force that was read
 * before; `problem` says why.
 *
 * @throws NacreError PXE_POLICY_UNREADABLE, PXE_POLICY_INVALID when there is none to begin with
 */
export const watchPolicy = (
  options: Omit<FileWatchOptions<Policy>, 'read'>,
): Promise<FileWatch<Policy>> =>
  watchFile({ ...options, read: () => readPolicyFile(options.file) });
