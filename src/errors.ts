/**
 * Every wanted error of the product: one class, one table of codes.
 *
 * A row gives the exit code (cli.md: 1 failed, 2 wrong usage, 3 refused before the first write), the
 * message with its `{facts}`, and the hint with the next action. Messages in other languages are made
 * from the same code and facts. `docs/errors.md` explains each code; a test holds the two together.
 */

/** Values behind a message; sizes are bytes unless the name says otherwise. */
export type FactValue = string | number;

interface ErrorRow {
  readonly exit: 1 | 2 | 3;
  readonly message: string;
  readonly hint: string;
}

/** Rows in alphabetical order. */
export const ERROR_TABLE = {
  DISK_IO: {
    exit: 1,
    message: '{syscall} {path} failed: {reason}',
    hint: 'Check the cable, the medium and the kernel log of this device.',
  },
  IMAGE_CHUNK_DAMAGED: {
    exit: 1,
    message:
      'chunk {chunk} of partition {partition} is damaged in {pack} at offset {packOffset}: expected {expected}, found {found}',
    hint: 'Run "nacre store check" and fetch the named pack again from another copy of the store.',
  },
  IMAGE_FORMAT: {
    exit: 1,
    message: 'the {part} breaks the image format: {field} is {found}, needed {needed}',
    hint: 'Run "nacre store check" and fetch the damaged file again from another copy of the store.',
  },
  IMAGE_FORMAT_VERSION: {
    exit: 1,
    message: 'the {part} has format version {found}, this program reads version {known}',
    hint: 'Use a newer nacre for this image.',
  },
  PARTCLONE_DAMAGED: {
    exit: 1,
    message:
      'the partclone image is damaged at offset {offset}: {field} is {found}, expected {expected}',
    hint: 'Fetch the image again from its origin; "partclone.chkimg -s IMAGE" checks it there.',
  },
  PARTCLONE_TRUNCATED: {
    exit: 1,
    message:
      'the partclone image ends at offset {offset} in its {structure}: at least {missing} more bytes are needed',
    hint: 'Copy the image again; parts such as .aa, .ab belong joined with "cat" in front.',
  },
  PARTCLONE_UNSUPPORTED: {
    exit: 3,
    message: 'cannot read a partclone image with {what}',
    hint: 'Restore it with "partclone.restore -C -s IMAGE -O volume.raw" and convert volume.raw.',
  },
  RSP_SYNTAX: {
    exit: 3,
    message:
      'cannot read {script} at line {line}, column {column}: found {found}, expected {expected}',
    hint: 'Correct the script at that place; docs/convert.md lists what a package script may hold.',
  },
  RSP_TOO_LARGE: {
    exit: 3,
    message: '{script} has {sizeBytes} bytes, a package script has at most {maximumBytes}',
    hint: 'Name the folder that holds the package script, not its image file.',
  },
  RSP_UNWRITABLE: {
    exit: 3,
    message: 'cannot write {text} into a package script in {encoding}',
    hint: 'Leave out double quotes and control characters; a script in Shift_JIS takes new ASCII text only.',
  },
  TOOL_FAILED: {
    exit: 1,
    message: '{program} ended with exit code {exitCode}: {reason}',
    hint: 'Run "{program} {arguments}" by hand to see all of its output.',
  },
  TOOL_MISSING: {
    exit: 3,
    message: 'the program {program} is not installed',
    hint: 'Install the Debian package that has it, or run scripts/setup.',
  },
} as const satisfies Record<string, ErrorRow>;

/** A stable error code, `AREA_WHAT`. */
export type ErrorCode = keyof typeof ERROR_TABLE;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The facts that the message and hint of a code need; more may be given. */
export type FactsOf<Code extends ErrorCode> = {
  readonly [Name in Placeholders<
    (typeof ERROR_TABLE)[Code]['message'] | (typeof ERROR_TABLE)[Code]['hint']
  >]: FactValue;
} & { readonly [more: string]: FactValue | undefined };

/** Puts facts into a message; a missing one stays visible as `{name}`. */
export const fillMessage = (
  template: string,
  facts: Readonly<Record<string, FactValue | undefined>>,
): string => template.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));

/** A refusal or failure that a person can act on. Bugs are plain `TypeError`s or failed assertions. */
export class NacreError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly facts: Readonly<Record<string, FactValue | undefined>>;
  readonly hint: string;

  constructor(code: Code, facts: FactsOf<Code>, options: { readonly cause?: unknown } = {}) {
    const row: ErrorRow = ERROR_TABLE[code];
    super(fillMessage(row.message, facts), options);
    this.name = 'NacreError';
    this.code = code;
    this.facts = facts;
    this.hint = fillMessage(row.hint, facts);
  }

  /** Process exit code of cli.md. */
  get exitCode(): 1 | 2 | 3 {
    return ERROR_TABLE[this.code].exit;
  }
}

/** True for an error of the product, optionally with a certain code. */
export const isNacreError = <Code extends ErrorCode>(
  value: unknown,
  code?: Code,
): value is NacreError<Code> =>
  value instanceof NacreError && (code === undefined || value.code === code);
