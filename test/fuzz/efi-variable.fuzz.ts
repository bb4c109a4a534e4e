/** Variables of UEFI: nothing that a firmware may have written throws, and an order is written back bit for bit. */
import assert from 'node:assert/strict';
import {
  EFI_VARIABLE_BYTES,
  parseBootEntry,
  parseBootNumbers,
  parseEfiVariable,
  serializeBootNumbers,
  serializeEfiVariable,
} from '../../src/codec/efi-variable.ts';
import {
  bbsEntry,
  diskEntry,
  networkEntry,
  numbers,
  setupEntry,
  variable,
} from '../helpers/efi-variables.ts';

const GUID = '0fc63daf-8483-4772-8e79-3d69d8477de4';

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] =>
  [diskEntry(GUID), networkEntry(), setupEntry(), bbsEntry(2), numbers(1, 2, 3)].map(variable);

/** One input; throws only when something is wrong. */
export const run = (input: Uint8Array): void => {
  const bytes = Uint8Array.from(input);
  const found = parseEfiVariable(bytes);
  if (found === undefined) {
    assert(bytes.length < 4 || bytes.length > EFI_VARIABLE_BYTES);
    return;
  }
  assert.deepEqual(serializeEfiVariable(found), bytes);
  const order = parseBootNumbers(found.data);
  if (order !== undefined)
    assert.deepEqual(serializeBootNumbers(order), Uint8Array.from(found.data));
  const entry = parseBootEntry(found.data);
  if (entry === undefined) return;
  assert(['disk', 'network', 'other'].includes(entry.starts));
  assert.match(entry.partitionGuid, /^$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
};
