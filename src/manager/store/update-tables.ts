/** Terminal-side updates. */
import type { UpdateState } from '../../job/update-states.ts';

/** One update of an image: at most one of an image holds it at a time. */
export interface UpdateSessionTable {
  /** 32 hex digits: also names the upload in the store of images. */
  readonly id: string;
  /** Of an image that may be gone. */
  readonly image_name: string;
  /** The version that the terminal ran: the parent of the new one. */
  readonly base_id: string;
  /** Name of the terminal, as it says. */
  readonly terminal: string;
  readonly user_name: string;
  readonly state: UpdateState;
  /** Of the new version. */
  readonly comment: string;
  /** SHA-256 of the token of the upload, hex; null while there is none. */
  readonly token_hash: string | null;
  /** Id of the new version, once it is there. */
  readonly version_id: string | null;
  readonly used_bytes: number | null;
  /** Bytes that were sent and kept for it. */
  readonly stored_bytes: number | null;
  /** For people: why it ended. */
  readonly reason: string;
  readonly started_at: string;
  readonly changed_at: string;
  /** Nothing heard until then ends it. */
  readonly expires_at: string;
  /** When the end was announced; null before. */
  readonly warned_at: string | null;
  readonly ended_at: string | null;
}
