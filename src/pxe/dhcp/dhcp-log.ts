/** What the DHCP service tells the administrator: a line for each device and change, the rest for debugging. */
import type { Logger } from 'pino';
import { type DhcpFlaw, type DhcpMessage, macOf } from '../../codec/dhcp.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { Destination, DhcpAnswer } from './dhcp-answer.ts';
import type { BootWish, LeaseOutcome } from './lease-answer.ts';

/** MACs whose last line is remembered. */
const REMEMBERED = 4096;
/** Lines a second for people; forged MACs must not fill the disk. */
const LINES_PER_SECOND = 20;
const WARNING_PAUSE_MS = 60_000;

/** One request and what became of it. */
export interface HandledRequest {
  readonly request: DhcpMessage;
  readonly interface: string;
  readonly outcome?: LeaseOutcome | undefined;
  readonly wish?: BootWish | undefined;
  readonly answer: DhcpAnswer;
}

const bootFields = ({ client, answer }: BootWish): Record<string, unknown> => ({
  architecture: client.architecture,
  isIpxe: client.isIpxe,
  ...(answer.kind === 'file' ? { file: answer.name, transport: answer.transport } : {}),
  reason: answer.reason,
});

const bootText = ({ answer }: HandledRequest, wish: BootWish): string => {
  if (wish.answer.kind === 'silence') return 'nothing to boot is offered';
  return answer.kind === 'send' ? 'network boot answered' : 'network boot cannot be answered';
};

/** Lines of one service. */
export class DhcpLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #last = new RecentMap<string, string>(REMEMBERED);
  readonly #lines: Allowance;
  #warnedMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds */
  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#lines = new Allowance(LINES_PER_SECOND, now());
  }

  dropped(field: DhcpFlaw, from: Destination): void {
    this.#log.debug({ field, from: from.address }, 'dhcp message dropped');
  }

  ignored(request: DhcpMessage, reason: string): void {
    this.#log.debug({ mac: macOf(request), type: request.type, reason }, 'dhcp request ignored');
  }

  handled(handled: HandledRequest): void {
    if (handled.wish !== undefined) this.#boot(handled, handled.wish);
    if (handled.outcome !== undefined) this.#lease(handled, handled.outcome);
  }

  notSent(to: Destination, err: Error): void {
    this.#log.warn({ ...to, err }, 'dhcp answer not sent');
  }

  notStored(err: unknown): void {
    this.#log.error({ err }, 'leases not stored');
  }

  failed(err: unknown): void {
    this.#log.error({ err }, 'dhcp request failed');
  }

  #boot(handled: HandledRequest, wish: BootWish): void {
    const { request, answer } = handled;
    const mac = macOf(request);
    const text = bootText(handled, wish);
    const why = answer.kind === 'silence' ? answer.reason : undefined;
    const fields = { interface: handled.interface, ...bootFields(wish), silence: why };
    const change = JSON.stringify([text, fields]);
    this.#line(`boot ${mac}`, change, { mac, ...fields, type: request.type }, text);
  }

  #lease({ request, interface: name, answer }: HandledRequest, outcome: LeaseOutcome): void {
    const mac = macOf(request);
    const fields = { mac, interface: name, type: request.type };
    switch (outcome.kind) {
      case 'lease':
        this.#line(
          `lease ${mac}`,
          outcome.address,
          { ...fields, address: outcome.address },
          'address leased',
        );
        return;
      case 'refusal':
        this.#line(
          `lease ${mac}`,
          'refused',
          fields,
          'address refused, the device has to ask for one anew',
        );
        return;
      case 'released':
        this.#line(`lease ${mac}`, 'given back', fields, 'address given back');
        return;
      case 'declined':
        this.#log.warn(fields, 'address rests: the device found it in use by another machine');
        return;
      default:
        this.#silentLease(fields, answer);
    }
  }

  #silentLease(fields: Record<string, unknown>, answer: DhcpAnswer): void {
    if (answer.kind !== 'silence' || answer.reason !== 'no-address-free') {
      this.#log.debug({ ...fields, answer: answer.kind }, 'dhcp request handled');
      return;
    }
    const isQuiet = this.#now() - this.#warnedMs < WARNING_PAUSE_MS;
    if (!isQuiet) this.#warnedMs = this.#now();
    this.#log[isQuiet ? 'debug' : 'warn'](fields, 'no address is free, the range is exhausted');
  }

  /** For people when it is new for this key, as long as there are not too many such lines. */
  #line(key: string, change: string, fields: Record<string, unknown>, text: string): void {
    const isNew = this.#last.get(key) !== change;
    this.#last.set(key, change);
    const isForPeople = isNew && this.#lines.take(this.#now());
    this.#log[isForPeople ? 'info' : 'debug'](fields, text);
  }
}
