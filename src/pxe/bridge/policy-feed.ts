/**
 * The policy from a manager: waits for each change of it, keeps the last one on disk, and goes on with that while the manager is
 * away. A policy that cannot be read changes nothing.
 */
import { isNacreError, NacreError } from '../../errors.ts';
import type { NetworkPolicy } from '../../job/network-boot-protocol.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type KeptPlaces,
  keepManagerWord,
  keepPolicy,
  policyOf,
  readKeptPolicy,
  readManagerWord,
  tryPolicyOf,
} from './kept-policy.ts';
import type { BridgeTrust, ManagerLink } from './manager-link.ts';
import { backOffMs, pause } from './pause.ts';

const WAIT_SECONDS = 30;
/** A manager that does not answer holds up no start for longer. */
const FIRST_MS = 10_000;

export interface PolicyFeedOptions {
  readonly link: ManagerLink;
  readonly places: KeptPlaces;
  readonly trust: BridgeTrust;
  readonly log: ServiceLog;
  readonly now: () => Date;
  /** Of one question for the policy; 30 s by default. */
  readonly waitSeconds?: number | undefined;
}

/** Called with each policy that is now in force, before another one is asked for. */
export type PolicyListener = (policy: Policy) => Promise<void>;

/** What a person has to put right; anything else passes by itself. */
const NEEDS_PERSON = [
  'MANAGER_PIN',
  'MANAGER_CERTIFICATE',
  'MANAGER_LOGIN_NEEDED',
  'MANAGER_FORBIDDEN',
  'PXE_POLICY_INVALID',
] as const;

const codeOf = (reason: unknown): string => (isNacreError(reason) ? reason.code : 'CLI_BUG');

export class PolicyFeed implements AsyncDisposable {
  readonly #options: PolicyFeedOptions;
  readonly #abort = new AbortController();
  #policy: Policy;
  #revision: string | undefined;
  #problem: string | null = null;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: PolicyFeedOptions, policy: Policy, revision: string) {
    this.#options = options;
    this.#policy = policy;
    this.#revision = revision;
  }

  /**
   * Asks the manager, or takes what is kept when that fails.
   *
   * @throws NacreError what the manager was asked with, when nothing is kept of it
   */
  static async open(options: PolicyFeedOptions): Promise<PolicyFeed> {
    const { link, places, trust, log } = options;
    const signal = AbortSignal.timeout(FIRST_MS);
    try {
      const found = await link.policy(undefined, 0, signal);
      if (found === undefined) throw new TypeError('a policy that is not there has not changed');
      const feed = new PolicyFeed(
        options,
        policyOf(found.tables, link.server, trust),
        found.revision,
      );
      await feed.#keep(found);
      return feed;
    } catch (reason) {
      const err = signal.aborted ? PolicyFeed.#silent(link) : reason;
      const kept = await readKeptPolicy(places, link.server);
      const policy = kept && tryPolicyOf(kept, link.server, trust);
      if (kept === undefined || policy === undefined) throw err;
      const feed = new PolicyFeed(options, policy, kept.revision);
      const heardAt = (await readManagerWord(places))?.heardAt;
      log.warn({ manager: link.server, heardAt, err }, 'manager is away, its last policy counts');
      await feed.#noteProblem(codeOf(err));
      return feed;
    }
  }

  static #silent({ server }: ManagerLink): NacreError {
    const reason = `no answer within ${FIRST_MS} ms`;
    return new NacreError('MANAGER_UNREACHABLE', { server, reason });
  }

  /** The policy that counts. */
  readonly current = (): Policy => this.#policy;

  /** Listens to the manager from now on. */
  start(listener: PolicyListener): void {
    this.#running = this.#run(listener);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(listener: PolicyListener): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    let isTold = false;
    while (!signal.aborted) {
      try {
        // Also after a start: what was kept may be another one than the listener acted on last.
        if (!isTold) {
          await listener(this.#policy);
          isTold = true;
        }
        if (await this.#ask(signal)) isTold = false;
        failures = 0;
      } catch (reason) {
        if (signal.aborted) return;
        failures += 1;
        await this.#away(reason);
        await pause(backOffMs(failures), signal);
      }
    }
  }

  /** @returns whether there is another one now */
  async #ask(signal: AbortSignal): Promise<boolean> {
    const { link, trust, log, waitSeconds = WAIT_SECONDS } = this.#options;
    // Nothing is waited for until it is known that the manager is there.
    const seconds = this.#problem === null ? waitSeconds : 0;
    const found = await link.policy(this.#revision, seconds, signal);
    if (found === undefined) {
      await this.#heard();
      return false;
    }
    const policy = policyOf(found.tables, link.server, trust);
    await this.#keep(found);
    this.#policy = policy;
    this.#revision = found.revision;
    const { device } = found.tables;
    const orders = device.filter(({ action }) => action !== 'local-disk').length;
    log.info({ manager: link.server, devices: device.length, orders }, 'policy of the manager');
    return true;
  }

  async #keep(found: NetworkPolicy): Promise<void> {
    const { link, places } = this.#options;
    // Stored first: an order that is given must not be unknown after a start.
    await keepPolicy(places, link.server, found);
    await this.#heard();
  }

  async #heard(): Promise<void> {
    const { link, places, now, log } = this.#options;
    if (this.#problem !== null) log.info({ manager: link.server }, 'manager is back');
    this.#problem = null;
    const heardAt = now().toISOString();
    await keepManagerWord(places, { server: link.server, heardAt, problem: null });
  }

  /** Said once for each reason. */
  async #away(err: unknown): Promise<void> {
    const { link, log } = this.#options;
    const problem = codeOf(err);
    if (this.#problem === problem) return;
    const level = NEEDS_PERSON.some((code) => code === problem) ? 'error' : 'warn';
    log[level]({ manager: link.server, err }, 'policy of the manager cannot be had');
    await this.#noteProblem(problem);
  }

  async #noteProblem(problem: string): Promise<void> {
    const { link, places } = this.#options;
    this.#problem = problem;
    const word = await readManagerWord(places);
    if (word?.server === link.server) await keepManagerWord(places, { ...word, problem });
  }
}
