/** Package scripts: what is read is written back bit for bit, what is refused has a place. */
import assert from 'node:assert/strict';
import {
  isAutogenic,
  makeAutogenic,
  parseRsp,
  type RspDocument,
  serializeRsp,
} from '../../src/codec/rsp-script.ts';
import { isNacreError } from '../../src/errors.ts';

const SCRIPT = [
  '; a package',
  '[Version]',
  'Number=WES7-0042 ; identity',
  'Description = "Lab; ルーム"',
  'OS=WES7',
  'Category=Images',
  'Imagesize=8192',
  '[Script]',
  '<BackupImage>',
  'CO "WES7"',
  'SF "a\\b.exe" "C:\\b.exe"',
  'SV* "HKLM\\X" "1" "" REG_DWORD',
  'RB',
  '',
].join('\r\n');

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => {
  const little = Buffer.from(`\ufeff${SCRIPT}`, 'utf16le');
  const shiftJis = Buffer.from(SCRIPT.replace(/ルーム/, '\x83\x8b\x81\x5b\x83\x80'), 'latin1');
  return [Buffer.from(SCRIPT), Buffer.from(`\ufeff${SCRIPT}`), little, shiftJis];
};

const parse = (bytes: Uint8Array): RspDocument | undefined => {
  try {
    return parseRsp(bytes);
  } catch (error) {
    if (!isNacreError(error, 'RSP_SYNTAX')) throw error;
    assert(Number(error.facts['line']) >= 1 && Number(error.facts['column']) >= 1);
    return undefined;
  }
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const document = parse(bytes);
  if (document === undefined) return;
  assert.deepEqual(Buffer.from(serializeRsp(document)), Buffer.from(bytes));
  const tagged = serializeRsp(makeAutogenic(document));
  assert(isAutogenic(parseRsp(tagged)));
  assert(tagged.length >= bytes.length);
};
