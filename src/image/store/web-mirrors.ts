/**
 * The copies of a store that can be asked, and how often. A copy that is dead or answers wrongly is left for the
 * next one, and asked again later; a link that is lost is waited for.
 */
import { setTimeout } from 'node:timers/promises';
import { isNacreError, NacreError } from '../../errors.ts';
import type { WebSite } from './web-connection.ts';
import { isTransient } from './web-error.ts';
import { isMissing } from './web-file.ts';
import type { WebLimits } from './web-limits.ts';

/** Clock and chance. */
export interface WebWorld {
  /** Milliseconds that only rise. */
  readonly now: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** Bytes that count as progress: a server that trickles is as good as dead. */
const PROGRESS_BYTES = 65_536;
const MOST_DOUBLINGS = 16;

/** A copy and how it did. */
interface Mirror {
  readonly site: WebSite;
  /** In a row. */
  failures: number;
  /** It is passed over until then. */
  restsUntil: number;
  /** How often its bytes were damaged; that an answer looks right makes up for none of it. */
  lies: number;
  isDistrustedUntil: number;
}

/** A pause that doubles with each failure, half of it by chance so that clients do not come all at once. */
export const pauseMs = (
  failures: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
  random: () => number,
): number => {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(failures, MOST_DOUBLINGS));
  return whole / 2 + (whole / 2) * random();
};

/** How a piece of work goes on. */
export interface MirrorWork<Result> {
  /** Does the work with one copy. @throws NacreError when another one, or another time, may be better */
  readonly with: (site: WebSite) => Promise<Result>;
  /** Bytes that have come so far. */
  readonly doneBytes?: () => number;
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
  /** The last copy is asked before the others. */
  readonly isLastFirst?: boolean;
}

type Outcome<Result> = { readonly result: Result } | { readonly reasons: readonly NacreError[] };

/** A file that a copy lacks is an answer; what nobody answered may be better the next time. */
const mayPass = (reasons: readonly NacreError[]): boolean =>
  reasons.some(isTransient) && !reasons.some(isMissing);

const failureOf = (reasons: readonly NacreError[]): NacreError => {
  const [first] = reasons;
  if (first === undefined) throw new TypeError('there is no copy of the store');
  const missing = reasons.find(isMissing);
  if (missing !== undefined) return missing;
  if (reasons.length === 1) return first;
  const texts = reasons.map(({ message }) => message).join('; ');
  return new NacreError('STORE_WEB_MIRRORS', { reasons: texts }, { cause: first });
};

/** Copies of one store, in the order in which they are preferred. */
export class Mirrors {
  readonly #mirrors: readonly Mirror[];
  readonly #limits: WebLimits;
  readonly #world: WebWorld;

  constructor(sites: readonly WebSite[], limits: WebLimits, world: WebWorld) {
    this.#mirrors = sites.map((site) => ({
      site,
      failures: 0,
      restsUntil: 0,
      lies: 0,
      isDistrustedUntil: 0,
    }));
    this.#limits = limits;
    this.#world = world;
  }

  get count(): number {
    return this.#mirrors.length;
  }

  /** Leaves a copy whose bytes were damaged. */
  distrust(site: WebSite): void {
    const mirror = this.#mirrors.find((one) => one.site === site);
    if (mirror === undefined) return;
    mirror.isDistrustedUntil = this.#world.now() + this.#mirrorPauseMs(mirror.lies);
    mirror.lies++;
  }

  /**
   * Does work with the first copy that can, and again after a pause when none could.
   *
   * @throws NacreError `STORE_FILE_MISSING` when no copy that answers has the file; the failure of a single copy;
   *   `STORE_WEB_MIRRORS`; `CANCELLED`
   */
  async run<Result>(work: MirrorWork<Result>): Promise<Result> {
    try {
      return await this.#repeat(work);
    } catch (reason) {
      if (!work.signal?.aborted) throw reason;
      throw new NacreError('CANCELLED', { phase: 'read' }, { cause: reason });
    }
  }

  async #repeat<Result>(work: MirrorWork<Result>): Promise<Result> {
    const { patienceMs, signal, doneBytes = () => 0 } = work;
    let since = { ms: this.#world.now(), bytes: doneBytes() };
    for (let round = 0; ; round++) {
      const outcome = await this.#round(work);
      if ('result' in outcome) return outcome.result;
      if (doneBytes() >= since.bytes + PROGRESS_BYTES) {
        since = { ms: this.#world.now(), bytes: doneBytes() };
        round = 0;
      }
      const isOver = this.#world.now() - since.ms >= patienceMs;
      if (isOver || !mayPass(outcome.reasons)) throw failureOf(outcome.reasons);
      await this.#pause(round, signal);
    }
  }

  /** Every copy once, until one can. */
  async #round<Result>(work: MirrorWork<Result>): Promise<Outcome<Result>> {
    const { with: attempt, signal, isLastFirst = false } = work;
    const reasons: NacreError[] = [];
    for (const mirror of this.#order(isLastFirst)) {
      try {
        return { result: await this.#try(mirror, attempt) };
      } catch (reason) {
        if (signal?.aborted || !isNacreError(reason)) throw reason;
        reasons.push(reason);
      }
    }
    return { reasons };
  }

  async #pause(round: number, signal: AbortSignal | undefined): Promise<void> {
    const { pauseMs: firstMs, pauseMostMs: mostMs } = this.#limits;
    const wait = pauseMs(round, { firstMs, mostMs }, this.#world.random);
    await setTimeout(wait, undefined, signal === undefined ? {} : { signal });
  }

  async #try<Result>(mirror: Mirror, attempt: MirrorWork<Result>['with']): Promise<Result> {
    // Whoever asks a copy again that failed is the only one until he knows more.
    if (mirror.failures > 0) this.#restAgain(mirror);
    try {
      const result = await attempt(mirror.site);
      mirror.failures = 0;
      mirror.restsUntil = 0;
      return result;
    } catch (reason) {
      // A file that it lacks says nothing of the others that it has.
      if (isNacreError(reason) && !isMissing(reason)) this.#rest(mirror);
      throw reason;
    }
  }

  /** Those that work before those that failed, which are asked only when there is no other. */
  #order(isLastFirst: boolean): readonly Mirror[] {
    const now = this.#world.now();
    const backAt = (mirror: Mirror): number =>
      Math.max(mirror.restsUntil, mirror.isDistrustedUntil);
    const works = (mirror: Mirror): boolean => backAt(mirror) <= now;
    const resting = this.#mirrors.filter((mirror) => !works(mirror));
    return [
      ...(isLastFirst ? this.#mirrors.toReversed() : this.#mirrors).filter(works),
      ...resting.sort((left, right) => backAt(left) - backAt(right)),
    ];
  }

  #rest(mirror: Mirror): void {
    this.#restAgain(mirror);
    mirror.failures++;
  }

  #restAgain(mirror: Mirror): void {
    mirror.restsUntil = this.#world.now() + this.#mirrorPauseMs(mirror.failures);
  }

  #mirrorPauseMs(times: number): number {
    const { mirrorPauseMs: firstMs, mirrorPauseMostMs: mostMs } = this.#limits;
    return pauseMs(times, { firstMs, mostMs }, this.#world.random);
  }
}
