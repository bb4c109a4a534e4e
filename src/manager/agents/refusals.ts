/** What was refused to agents: counted by address, so that nobody makes us check signatures for ever, and written into the audit. */
import { isNacreError, NacreError } from '../../errors.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';

/** Wrong messages of an address in a second: a site behind one router may have some agents of another manager. */
const PER_SECOND = 20;
/** After too many, nothing of the address is looked at for so long. */
const REST_MS = 10_000;
/** The audit has the same refusal of an address once in this time. */
const TELL_MS = 60_000;
const REMEMBERED = 4096;

const TOLD: ReadonlySet<string> = new Set([
  'AGENT_MESSAGE_OLD',
  'AGENT_MESSAGE_REFUSED',
  'AGENT_REPORT_FOREIGN',
]);

export class Refusals {
  readonly #ground: Ground;
  readonly #elapsedMs: () => number;
  readonly #allowances = new RecentMap<string, Allowance>(REMEMBERED);
  readonly #restUntilMs = new RecentMap<string, number>(REMEMBERED);
  readonly #toldMs = new RecentMap<string, number>(REMEMBERED);

  /** @param elapsedMs milliseconds that only rise */
  constructor(ground: Ground, elapsedMs: () => number) {
    this.#ground = ground;
    this.#elapsedMs = elapsedMs;
  }

  /** Before anything of a message is looked at. @throws NacreError MANAGER_OVERLOADED */
  check(address: string): void {
    if ((this.#restUntilMs.get(address) ?? 0) > this.#elapsedMs())
      throw new NacreError('MANAGER_OVERLOADED', { what: 'wrong messages of this address' });
  }

  /** After a message was refused. */
  async note(reason: unknown, address: string): Promise<void> {
    if (!isNacreError(reason) || !TOLD.has(reason.code)) return;
    this.#count(address);
    const [key, nowMs] = [`${address} ${reason.code}`, this.#elapsedMs()];
    const told = this.#toldMs.get(key);
    if (told !== undefined && nowMs - told < TELL_MS) return;
    this.#toldMs.set(key, nowMs);
    const actor = { kind: 'device', name: 'unknown', address } as const;
    const facts = { code: reason.code, reason: reason.message };
    const deed = { action: 'agent.refused', kind: 'address', subject: address, facts };
    await this.#ground.store.change((db) => audit(this.#ground, db, actor, deed));
  }

  #count(address: string): void {
    const nowMs = this.#elapsedMs();
    const own = this.#allowances.get(address) ?? new Allowance(PER_SECOND, nowMs);
    this.#allowances.set(address, own);
    if (!own.take(nowMs)) this.#restUntilMs.set(address, nowMs + REST_MS);
  }
}
