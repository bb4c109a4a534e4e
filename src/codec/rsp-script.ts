/**
 * Package scripts (`NAME.rsp`, `image.rsp`): parsing, writing back, and the autogenic tag.
 *
 * ```
 * [Version]                       settings: Number, Description, OS, Category, Imagesize
 * Number=WES7-0042
 * Imagesize=8192                  ; MB of the device's flash
 * [Script]                        steps: opcode, then quoted or bare arguments
 * <BackupImage>                   the tag that makes an image autogenic (seed 000, step 3)
 * SF "WES7-0042\disk.raw.zst" "disk.raw.zst"
 * BI
 * ```
 * A `;` at the start of a line, or after white space outside quotes, begins a comment. Names of sections,
 * keys, opcodes and the tag are read in any case. Arguments have no escapes: a backslash is itself.
 * What is not known is refused with line and column (spec A-17); everything that is known keeps its
 * order, layout and bytes: `serializeRsp(parseRsp(x))` is `x`.
 */
import { NacreError } from '../errors.ts';
import {
  decodeRspText,
  encodeRspText,
  markOf,
  type RspEncoding,
  type RspTextLine,
} from './rsp-text.ts';

/** Keys of `[Version]` (spec A-17). */
export const RSP_KEYS = ['Number', 'Description', 'OS', 'Category', 'Imagesize'] as const;
/** A key of `[Version]`. */
export type RspKey = (typeof RSP_KEYS)[number];

/** Opcodes of `[Script]` with how many arguments each takes (reference: vendor material, 1.2). */
export const RSP_OPCODES = {
  CO: [1, 1],
  SF: [2, 2],
  EX: [1, 1],
  LU: [1, 1],
  RB: [0, 0],
  SV: [2, 4],
  DF: [1, 1],
  QU: [0, 0],
  BI: [0, 0],
  PI: [0, 0],
} as const satisfies Record<string, readonly [number, number]>;
/** An opcode of `[Script]`. */
export type RspOpcode = keyof typeof RSP_OPCODES;

/** One step of a script. */
export interface RspStep {
  readonly opcode: RspOpcode;
  /** `OP*`: seen in public material, its meaning is not known; kept, never acted on. */
  readonly isStarred: boolean;
  readonly arguments: readonly string[];
}

/** What a line means. */
export type RspContent =
  | { readonly kind: 'blank' | 'comment' | 'backup-image' }
  | { readonly kind: 'section'; readonly section: 'Version' | 'Script' }
  | { readonly kind: 'setting'; readonly key: RspKey; readonly value: string }
  | { readonly kind: 'step'; readonly step: RspStep };

/** A line with its meaning, its text and its bytes. */
export type RspLine = RspTextLine & RspContent;

/** A script: its lines in order, nothing lost. */
export interface RspDocument {
  readonly encoding: RspEncoding;
  readonly lines: readonly RspLine[];
}

interface Place {
  readonly script: string;
  readonly line: number;
  readonly text: string;
}

const SECTIONS = ['Version', 'Script'] as const;
const MAXIMUM_IMAGESIZE = 1_000_000_000;

const syntaxError = (place: Place, offset: number, found: string, expected: string): NacreError => {
  const { script, line } = place;
  return new NacreError('RSP_SYNTAX', { script, line, column: offset + 1, found, expected });
};

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The rest of a line after a statement: white space and at most a comment. */
const requireEnd = (place: Place, offset: number): void => {
  if (/^(?:\s*$|\s+;)/.test(place.text.slice(offset))) return;
  const at = offset + (/^\s*/.exec(place.text.slice(offset))?.[0].length ?? 0);
  throw syntaxError(
    place,
    at,
    JSON.stringify(place.text.slice(at, at + 40)),
    'the end of the line',
  );
};

const parseSection = (place: Place, start: number): RspContent => {
  const end = place.text.indexOf(']', start);
  const name = place.text.slice(start + 1, end < 0 ? undefined : end);
  const section = SECTIONS.find((known) => same(known, name));
  if (end < 0 || section === undefined) {
    throw syntaxError(place, start, `[${name}`, '[Version] or [Script]');
  }
  requireEnd(place, end + 1);
  return { kind: 'section', section };
};

const parseTag = (place: Place, start: number): RspContent => {
  const tag = /^<[^>]*>?/.exec(place.text.slice(start))?.[0] ?? '';
  if (!same(tag, '<BackupImage>')) throw syntaxError(place, start, tag, '<BackupImage>');
  requireEnd(place, start + tag.length);
  return { kind: 'backup-image' };
};

const parseValue = (place: Place, start: number): string => {
  const rest = place.text.slice(start);
  const quoted = /^\s*"([^"]*)"/.exec(rest);
  if (quoted !== null) {
    requireEnd(place, start + quoted[0].length);
    return quoted[1] ?? '';
  }
  return rest.replace(/(?:^|\s+);.*$/, '').trim();
};

const checkValue = (place: Place, start: number, key: RspKey, value: string): void => {
  if (key === 'Number' && (value === '' || value.length > 64)) {
    throw syntaxError(place, start, `${value.length} characters`, 'a Number of 1 to 64 characters');
  }
  if (key !== 'Imagesize') return;
  if (!/^\d{1,10}$/.test(value) || Number(value) > MAXIMUM_IMAGESIZE) {
    throw syntaxError(place, start, JSON.stringify(value), 'whole megabytes');
  }
};

const parseSetting = (place: Place, start: number): RspContent => {
  const equals = place.text.indexOf('=', start);
  const name = place.text.slice(start, equals < 0 ? undefined : equals).trim();
  const key = RSP_KEYS.find((known) => same(known, name));
  if (equals < 0 || key === undefined) {
    throw syntaxError(place, start, JSON.stringify(name), `one of ${RSP_KEYS.join('=, ')}=`);
  }
  const value = parseValue(place, equals + 1);
  checkValue(place, equals + 1, key, value);
  return { kind: 'setting', key, value };
};

/** Arguments from `start` to the end of the line or a comment: `"quoted"` or bare words. */
const parseArguments = (place: Place, start: number): string[] => {
  const found: string[] = [];
  let offset = start;
  for (;;) {
    const rest = place.text.slice(offset);
    if (/^\s*$|^\s+;/.test(rest)) return found;
    const match = /^\s+(?:"([^"]*)"|([^\s"]+))(?=\s|$)/.exec(rest);
    if (match === null) {
      const at = offset + (/^\s*/.exec(rest)?.[0].length ?? 0);
      const text = JSON.stringify(place.text.slice(at, at + 40));
      throw syntaxError(place, at, text, 'arguments in double quotes, with blanks between them');
    }
    found.push(match[1] ?? match[2] ?? '');
    offset += match[0].length;
  }
};

const isOpcode = (text: string): text is RspOpcode => Object.hasOwn(RSP_OPCODES, text);

const parseStep = (place: Place, start: number): RspContent => {
  const [word = '', name = '', star] = /^([^\s*"]*)(\*?)/.exec(place.text.slice(start)) ?? [];
  const opcode = name.toUpperCase();
  if (!isOpcode(opcode)) {
    const known = Object.keys(RSP_OPCODES).join(', ');
    throw syntaxError(place, start, JSON.stringify(name), `one of the opcodes ${known}`);
  }
  const words = parseArguments(place, start + word.length);
  const [least, most] = RSP_OPCODES[opcode];
  if (words.length < least || words.length > most) {
    const needed = least === most ? `${least}` : `${least} to ${most}`;
    throw syntaxError(place, start, `${words.length} arguments`, `${needed} for ${opcode}`);
  }
  return { kind: 'step', step: { opcode, isStarred: star === '*', arguments: words } };
};

type Section = 'Version' | 'Script' | undefined;

const parseLine = (place: Place, section: Section): RspContent => {
  const { text } = place;
  const start = text.length - text.trimStart().length;
  const first = text[start];
  if (first === undefined) return { kind: 'blank' };
  if (first === ';') return { kind: 'comment' };
  if (first === '[') return parseSection(place, start);
  if (first === '<') return parseTag(place, start);
  if (section === 'Version') return parseSetting(place, start);
  if (section === 'Script') return parseStep(place, start);
  throw syntaxError(place, start, JSON.stringify(text.slice(start, start + 40)), '[Version]');
};

/** What may stand only once: its name, or nothing for a line that may be repeated. */
const onceName = (content: RspContent): string | undefined => {
  if (content.kind === 'section') return `[${content.section}]`;
  if (content.kind === 'setting') return `${content.key}=`;
  return content.kind === 'backup-image' ? '<BackupImage>' : undefined;
};

const checkControls = (place: Place): void => {
  const at = place.text.search(/[^\P{Cc}\t]/u);
  if (at < 0) return;
  const code = place.text.charCodeAt(at).toString(16).padStart(2, '0');
  throw syntaxError(place, at, `the control character 0x${code}`, 'text');
};

/**
 * Parses a package script; `name` stands in errors as the script's file name.
 * @throws {NacreError} RSP_SYNTAX with line and column (both from 1) for anything unknown, repeated or
 *   out of order; RSP_TOO_LARGE beyond 1 MiB.
 */
export const parseRsp = (bytes: Uint8Array, name = 'script'): RspDocument => {
  const { encoding, lines } = decodeRspText(bytes, name);
  const seen = new Set<string>();
  let section: Section;
  const parsed = lines.map((line, index): RspLine => {
    const place = { script: name, line: index + 1, text: line.text };
    checkControls(place);
    const content = parseLine(place, section);
    const once = onceName(content);
    if (once !== undefined && seen.has(once)) {
      throw syntaxError(place, 0, `a second ${once}`, `${once} only once`);
    }
    if (once === '[Script]' && !seen.has('[Version]')) {
      throw syntaxError(place, 0, once, '[Version] before it');
    }
    if (once !== undefined) seen.add(once);
    if (content.kind === 'section') section = content.section;
    return { ...line, ...content };
  });
  const missing = ['[Version]', 'Number=', '[Script]'].find((needed) => !seen.has(needed));
  if (missing !== undefined) {
    const place = { script: name, line: lines.length + 1, text: '' };
    throw syntaxError(place, 0, 'the end of the script', missing);
  }
  return { encoding, lines: parsed };
};

const joinBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
};

/** The bytes of a script, bit for bit those it was parsed from where nothing was changed. */
export const serializeRsp = (document: RspDocument): Uint8Array =>
  joinBytes([markOf(document.encoding), ...document.lines.map((line) => line.bytes)]);

/** Value of a setting, or undefined where the script does not have it. */
export const settingOf = (document: RspDocument, key: RspKey): string | undefined =>
  document.lines.flatMap((line) =>
    line.kind === 'setting' && line.key === key ? [line.value] : [],
  )[0];

/** The steps in order. */
export const stepsOf = (document: RspDocument): readonly RspStep[] =>
  document.lines.flatMap((line) => (line.kind === 'step' ? [line.step] : []));

/** True where the script has the tag `<BackupImage>`: the tag is the property (spec A-18). */
export const isAutogenic = (document: RspDocument): boolean =>
  document.lines.some((line) => line.kind === 'backup-image');

/** The same script with the tag `<BackupImage>` as first line of `[Script]`; unchanged where it has one. */
export const makeAutogenic = (document: RspDocument): RspDocument => {
  if (isAutogenic(document)) return document;
  const { encoding, lines } = document;
  const at = lines.findIndex((line) => line.kind === 'section' && line.section === 'Script');
  const before = lines.slice(0, at + 1);
  const last = before[at];
  const eol = lines.find((line) => line.eol !== '')?.eol ?? '\r\n';
  // `[Script]` may be the end of the file, without a line end of its own.
  if (last !== undefined && last.eol === '') {
    before[at] = { ...last, eol, bytes: joinBytes([last.bytes, encodeRspText(encoding, eol)]) };
  }
  const text = '<BackupImage>';
  const tag: RspLine = {
    kind: 'backup-image',
    text,
    eol,
    bytes: encodeRspText(encoding, text + eol),
  };
  return { encoding, lines: [...before, tag, ...lines.slice(at + 1)] };
};
