/** What a transfer is agreed to be: block size, window and announced size (RFC 2347 to 2349, RFC 7440). */
import type { TftpOption, TransferMode } from './tftp.ts';

/** Size of a block without an option (RFC 1350 section 2). */
export const DEFAULT_BLOCK_BYTES = 512;
/** Largest block that the option can name (RFC 2348). */
export const LARGEST_BLOCK_BYTES = 65_464;
/** Most blocks on their way at once: of 1468 bytes each they fill 1 Gbit/s at a round trip of 0.7 ms. */
export const WINDOW_LIMIT = 64;

/** What a transfer can have, before the client's wishes. */
export interface TransferOffer {
  readonly sizeBytes: number;
  /** Largest block that fits an unfragmented datagram on the way to the client. */
  readonly blockLimitBytes: number;
}

export interface TransferTerms {
  readonly blockBytes: number;
  /** Blocks that are sent before an ACK is waited for. */
  readonly windowBlocks: number;
  /** A block is sent again after this time at the latest. */
  readonly timeoutSeconds: number | undefined;
  /** The client learned the size, and may stop at that. */
  readonly isSizeTold: boolean;
  /** For the OACK, in the order and with the names of the request; empty: DATA 1 is the answer. */
  readonly accepted: readonly TftpOption[];
}

const OPTIONS = ['blksize', 'windowsize', 'timeout', 'tsize'] as const;
type OptionName = (typeof OPTIONS)[number];

const optionNameOf = (name: string): OptionName | undefined =>
  OPTIONS.find((option) => option === name.toLowerCase());

/** The number asked for; NaN, which no limit lets pass, for anything but digits. */
const numberOf = (value: string): number => (/^[0-9]+$/.test(value) ? Number(value) : Number.NaN);

const within = (asked: number, least: number, most: number): number | undefined =>
  asked >= least && asked <= most ? asked : undefined;

/** What an option is answered with; `undefined` leaves it out, as if it had not been asked for. */
const answerTo = (
  name: OptionName,
  value: string,
  mode: TransferMode,
  offer: TransferOffer,
): number | undefined => {
  const asked = numberOf(value);
  switch (name) {
    case 'blksize':
      // Above 65464 the RFC knows no sizes, but a smaller answer is right for any number that large.
      return asked >= 8 ? Math.min(asked, offer.blockLimitBytes) : undefined;
    case 'windowsize':
      return within(asked, 1, 65_535) && Math.min(asked, WINDOW_LIMIT);
    case 'timeout':
      return within(asked, 1, 255);
    case 'tsize':
      // In netascii the size on the wire is another one, known only after the translation. curl takes a size of 0 for an
      // error of the server; without the option it reads an empty file.
      return mode === 'octet' && offer.sizeBytes > 0 ? offer.sizeBytes : undefined;
  }
};

/** Answers the options of a request. Of two alike the first counts; unknown and impossible ones are left out. */
export const negotiateOptions = (
  request: { readonly mode: TransferMode; readonly options: readonly TftpOption[] },
  offer: TransferOffer,
): TransferTerms => {
  const answers = new Map<OptionName, number | undefined>();
  const accepted: TftpOption[] = [];
  for (const { name, value } of request.options) {
    const option = optionNameOf(name);
    if (option === undefined || answers.has(option)) continue;
    const answer = answerTo(option, value, request.mode, offer);
    answers.set(option, answer);
    if (answer !== undefined) accepted.push({ name, value: String(answer) });
  }
  return {
    blockBytes: answers.get('blksize') ?? DEFAULT_BLOCK_BYTES,
    windowBlocks: answers.get('windowsize') ?? 1,
    timeoutSeconds: answers.get('timeout'),
    isSizeTold: answers.get('tsize') !== undefined,
    accepted,
  };
};
