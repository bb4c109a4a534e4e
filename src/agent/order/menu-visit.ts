/**
 * Somebody at the administrator's menu of a loader that could not check his password: Merlin asks for it, and the server says
 * whether it is right. Nobody is asked in vain, and what was typed goes over the pinned connection alone.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { NacreError } from '../../errors.ts';
import type { MenuWish } from '../../job/menu-wishes.ts';
import {
  type MENU_SHUT_REASONS,
  MENU_TRIES,
  type MenuAnswer,
  type MenuHello,
} from '../../job/merlin-protocol.ts';
import { gatherHello } from './hello.ts';
import type { ImageOrderReport } from './image-order.ts';
import { MerlinServer } from './merlin-server.ts';
import { carryOutImage, type NetworkOrderOptions } from './network-order.ts';

/** Why the menu stayed shut; `left`: nobody typed a password, or somebody went away from it. */
export type MenuShutReason =
  | (typeof MENU_SHUT_REASONS)[number]
  | 'no-server'
  | 'wrong'
  | 'too-many'
  | 'left';

/** How a visit ended. An order to image the device is done by then. */
export type MenuVisit =
  | { readonly outcome: 'open' }
  | { readonly outcome: 'shut'; readonly reason: MenuShutReason }
  | { readonly outcome: 'imaged'; readonly report: ImageOrderReport };

export interface MenuVisitOptions extends NetworkOrderOptions {
  readonly wish: MenuWish;
  /** 32 hex digits that nobody used before. */
  readonly visit: string;
  /** Has the password typed; `undefined` when nobody does. */
  readonly askPassword: (isWrong: boolean) => Promise<string | undefined>;
  /** Told that the server does not look at it for a while; the same password is sent again then. */
  readonly onLater?: ((waitSeconds: number) => void) | undefined;
}

/** How often the server may put it off. */
const MOST_DELAYS = 5;
const LONGEST_DELAY_SECONDS = 60;
/** As the protocol has it. */
const LONGEST_PASSWORD = 1024;

const shut = (reason: MenuShutReason): MenuVisit => ({ outcome: 'shut', reason });

type Verdict = Exclude<MenuAnswer, { answer: 'later' | 'ask' }>;

/** The server's word on one password; `undefined` when it puts it off for too long. */
const judge = async (
  server: MerlinServer,
  hello: MenuHello,
  password: string,
  { onLater, signal }: MenuVisitOptions,
): Promise<Verdict | undefined> => {
  // What no password can be is none of the server's business, and a try all the same.
  if (password.length === 0 || password.length > LONGEST_PASSWORD) return { answer: 'wrong' };
  for (let delays = 0; delays <= MOST_DELAYS; delays++) {
    const answer = await server.menu({ ...hello, password });
    if (answer.answer === 'ask') return { answer: 'wrong' };
    if (answer.answer !== 'later') return answer;
    const seconds = Math.min(answer.waitSeconds, LONGEST_DELAY_SECONDS);
    onLater?.(seconds);
    // An abort ends the wait early; the next line tells it.
    await wait(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted) throw new NacreError('CANCELLED', { phase: 'menu' });
  }
  return undefined;
};

/** What a verdict leads to; `undefined` when the password has to be typed again. */
const follow = async (
  server: MerlinServer,
  verdict: Verdict | undefined,
  options: MenuVisitOptions,
): Promise<MenuVisit | undefined> => {
  if (verdict === undefined) return shut('too-many');
  if (verdict.answer === 'wrong') return undefined;
  if (verdict.answer === 'shut') return shut(verdict.reason);
  if (verdict.answer === 'open') return { outcome: 'open' };
  options.onAnswer?.(verdict);
  return { outcome: 'imaged', report: await carryOutImage(server, verdict, options) };
};

const visitServer = async (server: MerlinServer, options: MenuVisitOptions): Promise<MenuVisit> => {
  const { wish, visit, askPassword } = options;
  const hello: MenuHello = { hello: await gatherHello(options), wish, visit, password: null };
  const first = await server.menu(hello);
  if (first.answer === 'shut') return shut(first.reason);
  for (let tries = 0; tries < MENU_TRIES; tries++) {
    const password = await askPassword(tries > 0);
    if (password === undefined) return shut('left');
    const ended = await follow(server, await judge(server, hello, password, options), options);
    if (ended !== undefined) return ended;
  }
  return shut('wrong');
};

/**
 * One visit, with the image that it may lead to.
 *
 * @throws NacreError MERLIN_SERVER_ANSWER, MERLIN_SERVER_REFUSED (an order that cannot be given), STORE_WEB_…, CANCELLED, and
 *   those of `runImageOrder`
 */
export const runMenuVisit = async (options: MenuVisitOptions): Promise<MenuVisit> => {
  const { url, pin, signal } = options;
  // Without a pin anybody could be the server.
  if (url === '' || pin === '') return shut('no-server');
  const server = new MerlinServer({ url, pin, signal });
  try {
    return await visitServer(server, options);
  } finally {
    server.close();
  }
};
