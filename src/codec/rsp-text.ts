/**
 * The text of a package script as lines that keep their bytes.
 *
 * Scripts come from many editors and years: the byte order mark decides first, then valid UTF-8 (plain
 * ASCII is that too), then Shift_JIS. Each line keeps its own bytes, so that an untouched script is
 * written back bit for bit whatever its encoding.
 */
import { NacreError } from '../errors.ts';

/** How the bytes of a script are read; the two with `-bom` and both UTF-16 begin with a mark. */
export type RspEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'shift_jis';

/** One line: its text, its line end, and the bytes of both. */
export interface RspTextLine {
  readonly text: string;
  readonly eol: '' | '\n' | '\r\n';
  readonly bytes: Uint8Array;
}

/** A script before its grammar is looked at. */
export interface RspText {
  readonly encoding: RspEncoding;
  readonly lines: readonly RspTextLine[];
}

/** A script is some hundred lines; what is larger is no script. Bytes. */
export const RSP_MAXIMUM_BYTES = 1 << 20;

const MARKS: readonly (readonly [RspEncoding, readonly number[]])[] = [
  ['utf-8-bom', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Bytes of the mark that a script in this encoding begins with; none for most. */
export const markOf = (encoding: RspEncoding): Uint8Array =>
  Uint8Array.from(MARKS.find(([name]) => name === encoding)?.[1] ?? []);

const unitBytes = (encoding: RspEncoding): 1 | 2 => (encoding.startsWith('utf-16') ? 2 : 1);

const decode = (encoding: RspEncoding, bytes: Uint8Array): string | undefined => {
  const label = encoding === 'utf-8-bom' ? 'utf-8' : encoding;
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    // The decoder's only complaint with these labels: bytes that the encoding does not have.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};

const guessEncoding = (bytes: Uint8Array): RspEncoding => {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked[0];
  return decode('utf-8', bytes) === undefined ? 'shift_jis' : 'utf-8';
};

/** True where a line feed ends at `end`: one byte, or both bytes of a UTF-16 unit. */
const endsLine = (encoding: RspEncoding, bytes: Uint8Array, end: number): boolean => {
  if (encoding === 'utf-16le') return bytes[end - 2] === 0x0a && bytes[end - 1] === 0;
  if (encoding === 'utf-16be') return bytes[end - 2] === 0 && bytes[end - 1] === 0x0a;
  // No byte of a longer UTF-8 or Shift_JIS character has this value.
  return bytes[end - 1] === 0x0a;
};

const splitLines = (encoding: RspEncoding, bytes: Uint8Array): Uint8Array[] => {
  const unit = unitBytes(encoding);
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = unit; end <= bytes.length; end += unit) {
    if (!endsLine(encoding, bytes, end)) continue;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  if (start < bytes.length) lines.push(bytes.subarray(start));
  return lines;
};

const eolOf = (whole: string): RspTextLine['eol'] => {
  if (whole.endsWith('\r\n')) return '\r\n';
  return whole.endsWith('\n') ? '\n' : '';
};

/**
 * Splits the bytes of a script into lines. `name` stands in the error.
 * @throws {NacreError} RSP_SYNTAX where a line is in none of the known encodings; RSP_TOO_LARGE.
 */
export const decodeRspText = (bytes: Uint8Array, name: string): RspText => {
  if (bytes.length > RSP_MAXIMUM_BYTES) {
    const facts = { script: name, sizeBytes: bytes.length, maximumBytes: RSP_MAXIMUM_BYTES };
    throw new NacreError('RSP_TOO_LARGE', facts);
  }
  const encoding = guessEncoding(bytes);
  const body = bytes.subarray(markOf(encoding).length);
  const lines = splitLines(encoding, body).map((line, index): RspTextLine => {
    const whole = decode(encoding, line);
    if (whole === undefined) {
      const found = `bytes that are not ${encoding === 'shift_jis' ? 'UTF-8 or Shift_JIS' : encoding}`;
      const place = { script: name, line: index + 1, column: 1 };
      throw new NacreError('RSP_SYNTAX', { ...place, found, expected: 'text' });
    }
    const eol = eolOf(whole);
    return { text: whole.slice(0, whole.length - eol.length), eol, bytes: line };
  });
  return { encoding, lines };
};

/**
 * Bytes of new text in a script's encoding; for Shift_JIS, which cannot be written here, ASCII only.
 * @throws {NacreError} RSP_UNWRITABLE for other characters in a Shift_JIS script.
 */
export const encodeRspText = (encoding: RspEncoding, text: string): Uint8Array => {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const bytes = new Uint8Array(text.length * 2);
    const view = new DataView(bytes.buffer);
    for (let unit = 0; unit < text.length; unit += 1) {
      view.setUint16(unit * 2, text.charCodeAt(unit), encoding === 'utf-16le');
    }
    return bytes;
  }
  const bytes = new TextEncoder().encode(text);
  if (encoding === 'shift_jis' && bytes.length !== text.length) {
    throw new NacreError('RSP_UNWRITABLE', { text, encoding });
  }
  return bytes;
};
