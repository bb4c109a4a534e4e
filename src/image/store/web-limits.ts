/** How long a web server is waited for, and how much is asked of it at a time. */

export interface WebLimits {
  /** For a connection to stand, with TLS. */
  readonly connectMs: number;
  /** From a request to the headers of its answer. */
  readonly answerMs: number;
  /** Without a byte in the middle of an answer. */
  readonly idleMs: number;
  /** How long a read is tried again without a byte of progress. */
  readonly patienceMs: number;
  /** The same while the store is opened: a wrong address shows soon. */
  readonly openPatienceMs: number;
  /** Pause before the first repetition; each further one doubles it, up to `pauseMostMs`. */
  readonly pauseMs: number;
  readonly pauseMostMs: number;
  /** A copy of the store that failed is passed over for so long at first, and twice as long each further time. */
  readonly mirrorPauseMs: number;
  readonly mirrorPauseMostMs: number;
}

export const WEB_LIMITS: WebLimits = {
  connectMs: 10_000,
  answerMs: 30_000,
  idleMs: 20_000,
  patienceMs: 120_000,
  openPatienceMs: 3000,
  pauseMs: 250,
  pauseMostMs: 8000,
  mirrorPauseMs: 15_000,
  mirrorPauseMostMs: 300_000,
};

/** Connections to one server: as many as threads of the addon may wait for bytes. */
export const WEB_SOCKETS = 8;
/** Bytes of the headers of an answer. */
export const WEB_HEADER_BYTES = 16_384;
/** Redirects of one request. */
export const WEB_REDIRECTS = 3;
