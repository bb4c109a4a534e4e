/** The desk for administrators who stand at the menu of a device: whether they may, and what the device does then. */
import type { MenuAnswer, MenuHello } from '../../job/merlin-protocol.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { type ImageAction, orderOf, type Policy } from '../policy/policy.ts';
import { type Asking, findAsking } from './asking-device.ts';
import type { MerlinDesk, Speaker } from './merlin-desk.ts';
import type { PasswordGuard } from './password-guard.ts';

/** Lines about passwords that were not looked at; those that were are few by themselves. */
const LINES_PER_SECOND = 1;

export interface MenuDeskOptions {
  readonly policy: () => Policy;
  readonly guard: PasswordGuard;
  readonly desk: MerlinDesk;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly log: ServiceLog;
}

/** The order that an administrator may have done at once. */
const imageOrderOf = ({ device }: Asking): ImageAction | undefined => {
  const order = device?.row === undefined ? undefined : orderOf(device.row.action);
  return order?.kind === 'image' ? order : undefined;
};

const shutReasonOf = (
  { menu, menuPassword }: Policy,
  { wish }: MenuHello,
  asking: Asking,
): Extract<MenuAnswer, { answer: 'shut' }>['reason'] | undefined => {
  if (menuPassword === undefined) return 'no-password';
  if (wish === 'image' && imageOrderOf(asking) === undefined) return 'no-image';
  return wish === 'shell' && !menu.hasShell ? 'no-shell' : undefined;
};

/** The desk of one service. */
export class MenuDesk {
  readonly #options: MenuDeskOptions;
  readonly #lines: Allowance;

  constructor(options: MenuDeskOptions) {
    this.#options = options;
    this.#lines = new Allowance(LINES_PER_SECOND, options.now());
  }

  /**
   * Answers somebody at the menu. An order to image is given anew, though it was done before: he asks for it now.
   *
   * @throws Refusal with the error of an order that cannot be given
   */
  async enter(hello: MenuHello, speaker: Speaker): Promise<MenuAnswer> {
    const policy = this.#options.policy();
    const asking = findAsking(policy, hello.hello);
    const { wish, password } = hello;
    const facts = { mac: asking.identity.mac, address: speaker.address, wish };
    const reason = shutReasonOf(policy, hello, asking);
    if (reason !== undefined || policy.menuPassword === undefined) {
      if (password === null) this.#options.log.info({ ...facts, reason }, 'menu is shut');
      return { answer: 'shut', reason: reason ?? 'no-password' };
    }
    if (password === null) return { answer: 'ask' };
    const names = [`device ${facts.mac}`, `address ${speaker.address}`];
    const verdict = await this.#options.guard.check(policy.menuPassword, password, names);
    if (verdict === 'right') return this.#open(asking, hello, speaker, facts);
    if (verdict === 'wrong') {
      this.#options.log.warn(facts, 'menu password is wrong');
      return { answer: 'wrong' };
    }
    const waitSeconds = Math.ceil(verdict.waitMs / 1000);
    if (this.#lines.take(this.#options.now()))
      this.#options.log.warn({ ...facts, waitSeconds }, 'menu password not looked at');
    return { answer: 'later', waitSeconds };
  }

  async #open(
    asking: Asking,
    { wish, visit }: MenuHello,
    speaker: Speaker,
    facts: object,
  ): Promise<MenuAnswer> {
    this.#options.log.info(facts, 'menu password is right');
    const order = imageOrderOf(asking);
    if (wish !== 'image' || order === undefined) return { answer: 'open' };
    return this.#options.desk.giveAnew(asking, order, visit, speaker);
  }
}
