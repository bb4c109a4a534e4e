/** The server that Merlin was started from: asked for the order, and told how it goes (src/job/merlin-protocol.ts). */
import * as z from 'zod';
import {
  ANSWER,
  type Answer,
  type Begin,
  type End,
  type Hello,
  MENU_ANSWER,
  type MenuAnswer,
  type MenuHello,
  type Progress,
} from '../../job/merlin-protocol.ts';
import {
  jsonOf,
  type LinkReply,
  MerlinLink,
  type MerlinLinkOptions,
  strangeAnswer,
} from './merlin-link.ts';
import { UploadLink } from './upload-link.ts';

type OrderInHand = Readonly<Extract<Answer, { order: unknown }>['order']>;

/** An order that is done and not reported would be done again. */
const END_PATIENCE_MS = 3_600_000;
/** A person waits for the reason, and an order that failed unreported is only tried again. */
const FAILURE_PATIENCE_MS = 30_000;
/** Somebody stands at the device. */
const MENU_PATIENCE_MS = 60_000;

/** Asks and reports. What got lost on the way is sent again: the server takes each message twice. */
export class MerlinServer {
  readonly #link: MerlinLink;
  #isReporting = false;

  /** @throws NacreError STORE_ADDRESS for what is no address */
  constructor(options: MerlinLinkOptions) {
    this.#link = new MerlinLink(options);
  }

  /** Address for people. */
  get shown(): string {
    return this.#link.shown;
  }

  /**
   * What this device is to do.
   *
   * @throws NacreError MERLIN_SERVER_ANSWER, MERLIN_SERVER_REFUSED, STORE_WEB_UNREACHABLE, STORE_WEB_PIN, CANCELLED
   */
  async start(hello: Hello): Promise<Answer> {
    const reply = await this.#link.demand({ method: 'POST', path: 'start', body: hello });
    return this.#understood(ANSWER, reply);
  }

  /** Whether somebody at the menu of this device may. @throws NacreError as `start` */
  async menu(hello: MenuHello): Promise<MenuAnswer> {
    const wish = {
      method: 'POST',
      path: 'menu',
      body: hello,
      patienceMs: MENU_PATIENCE_MS,
    } as const;
    return this.#understood(MENU_ANSWER, await this.#link.demand(wish));
  }

  /** Says that the work begins. @throws NacreError as `start`; nothing may be written then */
  async begin(order: OrderInHand, begin: Begin): Promise<void> {
    await this.#link.demand(this.#message(order, 'begin', begin));
  }

  /** Says how it ended. @throws NacreError as `start` */
  async end(order: OrderInHand, end: End): Promise<void> {
    const patienceMs = end.code === null ? END_PATIENCE_MS : FAILURE_PATIENCE_MS;
    await this.#link.demand({ ...this.#message(order, 'end', end), patienceMs });
  }

  /** Says how far it is; one report at a time, and one that gets lost is not missed. */
  report(order: OrderInHand, progress: Progress): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    this.#link
      .send(this.#message(order, 'progress', progress))
      .catch(() => undefined)
      .finally(() => {
        this.#isReporting = false;
      });
  }

  /** Takes the capture of an order. */
  uploadFor(order: OrderInHand): UploadLink {
    const { id, ticket } = order;
    return new UploadLink(this.#link, { path: `orders/${id}/upload`, ticket });
  }

  /** Ends connections that are kept open. */
  close(): void {
    this.#link.close();
  }

  #message({ id, ticket }: OrderInHand, step: string, body: object) {
    return { method: 'POST', path: `orders/${id}/${step}`, body, ticket } as const;
  }

  #understood<Message>(schema: z.ZodType<Message>, reply: LinkReply): Message {
    const message = schema.safeParse(jsonOf(reply));
    if (message.success) return message.data;
    throw strangeAnswer(this.shown, z.prettifyError(message.error));
  }
}
