/** A machine that starts from the network, as it describes itself, and what it is told. */

/** What can run on it: DHCP option 93 (RFC 4578 section 2.1, and the list of IANA). */
export const ARCHITECTURES = [
  'bios',
  'efi-x64',
  'efi-ia32',
  'efi-arm64',
  'efi-arm32',
  'other',
] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Who asks, from one DHCP request. Nothing in it is proved: any machine may send any of it. */
export interface NetworkClient {
  /** Lower case, with colons. */
  readonly mac: string;
  /** Option 97 as text of RFC 4122, lower case; `undefined` when it is missing, all zero or all ones. */
  readonly uuid: string | undefined;
  readonly architecture: Architecture;
  /** `http` for a client that names itself HTTPClient in option 60, `tftp` for a PXEClient. */
  readonly transport: 'tftp' | 'http';
  /** iPXE is running already, and takes a script. */
  readonly isIpxe: boolean;
}

/** Why a client got its answer; the words for people are in the command line. */
export const ANSWER_REASONS = [
  'answering-is-off',
  'unknown-device',
  'architecture-not-supported',
  'secure-boot-behind-another-dhcp-server',
  'secure-boot-over-http',
  'nothing-to-do',
  'order-waiting',
  'order-running',
  'policy-merlin',
  'policy-menu',
] as const;
export type AnswerReason = (typeof ANSWER_REASONS)[number];

/** What a client is told to load; or nothing, which leaves it to other servers and to its disk. */
export type NetworkAnswer =
  | {
      readonly kind: 'file';
      /** Name in the set of boot files, without a leading slash. */
      readonly name: string;
      /** `http`: the client gets the address `http://SERVER:PORT/NAME`. */
      readonly transport: 'tftp' | 'http';
      readonly reason: AnswerReason;
    }
  | { readonly kind: 'silence'; readonly reason: AnswerReason };

/**
 * Decides what a client is told; pure as far as DHCP is concerned, and fast.
 *
 * @param isDhcpServer the client has its address from us, not from another server on its wire
 */
export type DecideAnswer = (client: NetworkClient, isDhcpServer: boolean) => NetworkAnswer;

/**
 * Looks a file up by exactly the name that was asked for (a leading slash is taken off, `\` is `/`). The content stays as it is
 * while it is sent. `undefined`: there is no such file for this client.
 *
 * @param address of the client, as text
 */
export type FindBootFile = (name: string, address: string) => Uint8Array | undefined;
