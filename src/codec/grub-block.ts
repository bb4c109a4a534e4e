/**
 * The boot decision block: what GRUB, Merlin and the agent agree on, in the format of GRUB's `load_env`.
 *
 * 512 bytes, in one sector: the line `# GRUB Environment Block`, lines `KEY=VALUE`, then `#` up to the end. Keys:
 * `seq mode dirty ot mt cmdid status end`; `end=1` comes last, so that a block that was cut off is no block. GRUB
 * has no escapes to read here, because no value needs one.
 */
import { NacreError } from '../errors.ts';

/** Length of a block: one sector of 512 bytes, or the first 512 bytes of a larger one. */
export const GRUB_BLOCK_BYTES = 512;
/** Counters go from this down to 0: GRUB's script cannot calculate, only compare. */
export const MOST_TRIES = 3;
/** Highest sequence; GRUB compares numbers of this length without overflow. */
export const LAST_SEQUENCE = 999_999_999;

export const BOOT_MODES = ['os', 'merlin', 'rescue'] as const;
export type BootMode = (typeof BOOT_MODES)[number];

/** What boots next, and what is known of the job behind it. */
export interface GrubBlock {
  /** The newest of the two blocks counts. */
  readonly sequence: number;
  readonly mode: BootMode;
  /** The active OS partition may be half written: it never boots. */
  readonly isDirty: boolean;
  /** Starts of the OS that are left before Merlin repairs it; undefined: not counted. */
  readonly osTries: number | undefined;
  /** Starts of Merlin that are left. */
  readonly merlinTries: number;
  /** Job id (spec A-35); empty without a job. */
  readonly cmdid: string;
  /** Result of the job (spec A-37); empty while there is none. */
  readonly status: string;
}

const HEADER = '# GRUB Environment Block\n';
const WORD = /^[A-Za-z0-9._:-]{0,64}$/;
const KEYS = ['seq', 'mode', 'dirty', 'ot', 'mt', 'cmdid', 'status', 'end'] as const;
type Key = (typeof KEYS)[number];
type Values = Readonly<Partial<Record<Key, string>>>;

const invalid = (field: string, found: string, needed: string): NacreError<'BOOT_BLOCK_INVALID'> =>
  new NacreError('BOOT_BLOCK_INVALID', { field, found, needed });

const isKey = (key: string): key is Key => KEYS.some((known) => known === key);
const isMode = (text: string | undefined): text is BootMode =>
  BOOT_MODES.some((mode) => mode === text);

const readValues = (text: string): Values => {
  const values: Partial<Record<Key, string>> = {};
  for (const line of text.slice(HEADER.length).split('\n')) {
    if (line.startsWith('#')) break;
    const at = line.indexOf('=');
    const key = line.slice(0, Math.max(0, at));
    // As GRUB does: what it is not asked for is passed over, and of two alike the last one counts.
    if (isKey(key)) values[key] = line.slice(at + 1);
  }
  return values;
};

const readNumber = (values: Values, key: Key, last: number): number => {
  const text = values[key] ?? '';
  if (!/^(0|[1-9][0-9]{0,8})$/.test(text) || Number(text) > last)
    throw invalid(key, text, `0 to ${last}`);
  return Number(text);
};

const readWord = (values: Values, key: Key): string => {
  const text = values[key] ?? '';
  if (!WORD.test(text)) throw invalid(key, text, 'up to 64 letters, digits and . _ : -');
  return text;
};

/** Reads a block. @throws NacreError BOOT_BLOCK_INVALID naming the field */
export const parseGrubBlock = (bytes: Uint8Array): GrubBlock => {
  const text = Buffer.from(bytes.subarray(0, GRUB_BLOCK_BYTES)).toString('latin1');
  if (text.length < GRUB_BLOCK_BYTES)
    throw invalid('length', String(text.length), `${GRUB_BLOCK_BYTES}`);
  if (!text.startsWith(HEADER)) throw invalid('header', text.slice(0, 24), HEADER.trim());
  const values = readValues(text);
  if (values.end !== '1') throw invalid('end', values.end ?? '', '1');
  if (!isMode(values.mode)) throw invalid('mode', values.mode ?? '', BOOT_MODES.join(' | '));
  const isCounted = values.ot !== undefined && values.ot !== '';
  return {
    sequence: readNumber(values, 'seq', LAST_SEQUENCE),
    mode: values.mode,
    isDirty: readNumber(values, 'dirty', 1) === 1,
    osTries: isCounted ? readNumber(values, 'ot', MOST_TRIES) : undefined,
    merlinTries: readNumber(values, 'mt', MOST_TRIES),
    cmdid: readWord(values, 'cmdid'),
    status: readWord(values, 'status'),
  };
};

/** Writes a block of 512 bytes. @throws RangeError for a value that a block cannot hold */
export const serializeGrubBlock = (block: GrubBlock): Buffer => {
  const lines = {
    seq: block.sequence,
    mode: block.mode,
    dirty: block.isDirty ? 1 : 0,
    ot: block.osTries ?? '',
    mt: block.merlinTries,
    cmdid: block.cmdid,
    status: block.status,
    end: 1,
  };
  const text = Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
  const bytes = Buffer.alloc(GRUB_BLOCK_BYTES, '#');
  bytes.write(HEADER + text, 'latin1');
  // What cannot be read back must not reach a disk.
  const written = parseGrubBlock(bytes);
  if (written.sequence !== block.sequence || written.cmdid !== block.cmdid)
    throw new RangeError('a boot block cannot hold this value');
  return bytes;
};
