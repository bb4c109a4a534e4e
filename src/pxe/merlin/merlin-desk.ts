/** The desk at which Merlin asks for its order and reports: from the messages of the protocol to policy, orders and store. */

import { printable } from '../../codec/printable.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { smallestHolding } from '../../job/cidr.ts';
import type { Answer, Begin, End, Hello, ImageOrder, Progress } from '../../job/merlin-protocol.ts';
import { Refusal } from '../../job/serving/json-exchange.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { type BootServer, filesUrl } from '../files/boot-server.ts';
import type { GivenOrder, Orders } from '../policy/orders.ts';
import type {
  DeviceIdentity,
  FoundDevice,
  ImageAction,
  OrderAction,
  Policy,
} from '../policy/policy.ts';
import type { MerlinSighting } from '../sightings/sighting.ts';
import { type Asking, findAsking, orderFor } from './asking-device.ts';
import type { UploadDesk } from './upload-desk.ts';

/** Folders of the HTTP service that an order names. */
export const STORE_FOLDER = 'store';
export const BOOT_FILES_FOLDER = 'boot-files';

/** Orders under way whose phases are remembered; one that is forgotten gets a line more. */
const MOST_PHASES = 1000;

export interface MerlinDeskOptions {
  readonly policy: () => Policy;
  readonly orders: Orders;
  /** Id of the version that an image of the policy means now. */
  readonly resolveImage: (image: string) => Promise<{ readonly name: string; readonly id: string }>;
  /** SHA-256 of the `boot.json` that is served now. */
  readonly bootListDigest: () => string;
  /** PEM of a key that the policy names. */
  readonly readTrustKey: (name: string) => Promise<string>;
  /** PEM of a private key that the policy names. */
  readonly readSignKey: (name: string) => Promise<string>;
  readonly uploads: Pick<UploadDesk, 'sweep'>;
  /** Takes into the memory of devices what one said. */
  readonly onSaid: (
    identity: DeviceIdentity,
    address: string,
    said: Partial<MerlinSighting>,
  ) => void;
  /** MAC address behind an address, for devices that the policy knows by UUID. */
  readonly macAt: (address: string) => Promise<string | undefined>;
  readonly log: ServiceLog;
}

/** Who speaks, from where, and to which of our addresses. */
export interface Speaker {
  readonly address: string;
  readonly server: BootServer;
}

/** The disk that an order means which names none. */
const builtInDisk = ({ disks }: Hello): MerlinSighting['disk'] => {
  const [disk, ...others] = disks.filter(({ isRemovable }) => !isRemovable);
  if (disk === undefined || others.length > 0) return null;
  return { sizeBytes: disk.sizeBytes, sectorSize: disk.sectorSize };
};

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const nothing = (reason: string): Answer => ({ answer: 'nothing', reason });

/** The copy near a device, ours, and those for everybody. */
const storesFor = (
  { subnets, stores }: Policy,
  own: string,
  address: string,
): ImageOrder['stores'] => {
  const near = smallestHolding(subnets, ({ network }) => network, address)?.copy;
  return [
    ...(near === undefined ? [] : [near]),
    ...[own, ...stores].map((url) => ({ url, pin: null })),
  ];
};

/** The desk of one service. */
export class MerlinDesk {
  readonly #options: MerlinDeskOptions;
  /** The phase of each order that was logged last. */
  readonly #phases = new RecentMap<string, string>(MOST_PHASES);

  constructor(options: MerlinDeskOptions) {
    this.#options = options;
  }

  /**
   * Gives a device its order. One that cannot be made, because its image or its key is missing, fails: the device would ask
   * again at every start. One that is half done stays open for better times.
   *
   * @throws Refusal with the error of the order
   */
  async start(hello: Hello, speaker: Speaker): Promise<Answer> {
    const { orders } = this.#options;
    const policy = this.#options.policy();
    const asking = findAsking(policy, hello);
    const { maker, product } = hello.machine;
    const machine = `${maker} ${product}`.trim();
    const order = orderFor(policy, orders, asking);
    const answer =
      typeof order === 'string' ? nothing(order) : await this.#give(asking, order, speaker);
    const { mac } = asking.identity;
    const { answer: kind } = answer;
    const id = answer.answer === 'nothing' ? null : answer.order.id;
    const reason = answer.answer === 'nothing' ? answer.reason : undefined;
    this.#options.log.info({ mac, answer: kind, order: id, reason }, 'merlin asked what to do');
    this.#said(asking.identity, speaker, {
      ...{ phase: kind === 'nothing' ? 'nothing-to-do' : 'asked', order: id, machine },
      ...{ doneBytes: 0, totalBytes: 0, code: null, message: reason ?? '' },
      disk: builtInDisk(hello),
    });
    return answer;
  }

  /** The device of an order whose last ticket this is, by its name where orders are kept. @throws Refusal */
  admit(id: string, ticket: string): string {
    return this.#deviceOf(id, ticket);
  }

  /** True for the last ticket of this order. */
  isAdmitted(id: string, ticket: string): boolean {
    return this.#options.orders.deviceWith(id, ticket) !== undefined;
  }

  /** Gives a device a new order for what its row says, whatever became of the last one. @throws Refusal as `start` */
  async giveAnew(
    asking: Asking,
    action: ImageAction,
    visit: string,
    speaker: Speaker,
  ): Promise<ImageOrder> {
    const { device, identity } = asking;
    if (device === undefined) throw new TypeError('an order without a device');
    const given = await this.#step(() => this.#options.orders.giveAnew(device.key, action, visit));
    const answer = await this.#explained(asking, given, speaker, () =>
      this.#imageAnswer(device, action, given, speaker),
    );
    this.#options.log.info(
      { mac: identity.mac, order: given.id },
      'administrator ordered the image',
    );
    const rest = { doneBytes: 0, totalBytes: 0, code: null, message: '' };
    this.#said(identity, speaker, { phase: 'asked', order: given.id, ...rest });
    return answer;
  }

  /** The device begins to write. @throws Refusal */
  async begin(
    id: string,
    ticket: string,
    { disk, serial }: Begin,
    speaker: Speaker,
  ): Promise<void> {
    const device = this.#deviceOf(id, ticket);
    await this.#step(() => this.#options.orders.start(device, ticket));
    const identity = await this.#identityOf(device, speaker);
    const message = `${printable(disk)} ${printable(serial)}`.trim();
    this.#options.log.info({ ...identity, order: id, disk: message }, 'merlin begins');
    const rest = { doneBytes: 0, totalBytes: 0, order: id, code: null };
    this.#said(identity, speaker, { phase: 'begin', message, ...rest });
  }

  /** How far it is. @throws Refusal */
  async progress(id: string, ticket: string, progress: Progress, speaker: Speaker): Promise<void> {
    const device = this.#deviceOf(id, ticket);
    await this.#step(async () => this.#options.orders.check(device, ticket));
    const identity = await this.#identityOf(device, speaker);
    const { phase } = progress;
    if (this.#phases.get(id) !== phase) {
      this.#phases.set(id, phase);
      this.#options.log.info({ ...identity, order: id, phase }, 'merlin phase');
    }
    this.#said(identity, speaker, { ...progress, order: id });
  }

  /** How it ended. @throws Refusal */
  async end(id: string, ticket: string, end: End, speaker: Speaker): Promise<void> {
    const { orders, log } = this.#options;
    const device = this.#deviceOf(id, ticket);
    const { code, writtenBytes, verifiedBytes } = end;
    const result = { writtenBytes, verifiedBytes };
    await this.#step(() =>
      code === null
        ? orders.finish(device, ticket, result)
        : orders.fail(device, ticket, code, result),
    );
    if (orders.recordOf(device)?.capture) await this.#options.uploads.sweep();
    const identity = await this.#identityOf(device, speaker);
    const message = code === null ? this.#captureText(device) : printable(end.message);
    const facts = { ...identity, order: id, writtenBytes, verifiedBytes };
    if (code === null) log.info(facts, 'merlin has done its order');
    else log.error({ ...facts, code, reason: message }, 'merlin could not do its order');
    const phase = code === null ? 'done' : 'failed';
    const bytes = { doneBytes: verifiedBytes, totalBytes: verifiedBytes };
    this.#said(identity, speaker, { phase, code, message, order: id, ...bytes });
  }

  /** What a capture became, for people; nothing for another order. */
  #captureText(device: string): string {
    const { capture, captured, version } = this.#options.orders.recordOf(device) ?? {};
    if (!capture || !captured || !version) return '';
    const [used, stored] = [captured.usedBytes, captured.storedBytes].map(mebibytes);
    return `${capture.name}@${version.slice(0, 8)}, ${used} used, ${stored} stored`;
  }

  async #give(asking: Asking, order: OrderAction, speaker: Speaker): Promise<Answer> {
    const { device } = asking;
    if (device === undefined) throw new TypeError('an order without a device');
    const given = await this.#step(() => this.#options.orders.give(device.key, order));
    return await this.#explained(asking, given, speaker, async () => {
      if (order.kind === 'image') return this.#imageAnswer(device, order, given, speaker);
      // Before the long work: a key that cannot be used is told at once.
      if (order.sign !== undefined) await this.#options.readSignKey(order.sign);
      return { answer: 'capture', order: given, name: order.name, disk: order.disk ?? null };
    });
  }

  /** What cannot be given is said to everybody who ought to know. */
  async #explained<Made>(
    asking: Asking,
    given: GivenOrder,
    speaker: Speaker,
    make: () => Promise<Made>,
  ): Promise<Made> {
    try {
      return await make();
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      throw await this.#failGiven(asking, given, reason, speaker);
    }
  }

  async #imageAnswer(
    device: FoundDevice,
    action: ImageAction,
    given: GivenOrder,
    { server, address }: Speaker,
  ): Promise<ImageOrder> {
    const { id, ticket, goesOn, attempt } = given;
    const order = { id, ticket, goesOn, attempt };
    const files = filesUrl(server);
    const own = `${files}/${STORE_FOLDER}`;
    const image = await this.#imageOf(device, action, given);
    const keys = action.trust === undefined ? [] : [await this.#options.readTrustKey(action.trust)];
    return {
      ...{ answer: 'image', order, image },
      stores: storesFor(this.#options.policy(), own, address),
      boot: {
        url: `${files}/${BOOT_FILES_FOLDER}`,
        listDigest: this.#options.bootListDigest(),
      },
      disk: action.disk ?? null,
      layout: action.layout ?? null,
      policy: action.layoutPolicy,
      hasBackup: action.hasBackup,
      hasSecureBoot: device.row?.hasSecureBoot ?? false,
      trust: { keys, allowsUnsigned: action.allowsUnsigned },
    };
  }

  /** The version for an order stays the same when its label moves while it is half done. */
  async #imageOf(
    { key }: FoundDevice,
    action: ImageAction,
    { ticket }: GivenOrder,
  ): Promise<{ readonly name: string; readonly id: string }> {
    const { orders, resolveImage } = this.#options;
    const known = orders.recordOf(key)?.version ?? null;
    const found = await resolveImage(
      known === null ? action.image : `${action.image.replace(/[:@].*$/, '')}@${known}`,
    );
    if (known === null) await orders.keepVersion(key, ticket, found.id);
    return found;
  }

  async #failGiven(
    { identity, device }: Asking,
    { id, ticket, goesOn }: GivenOrder,
    error: NacreError,
    speaker: Speaker,
  ): Promise<Refusal> {
    const { code } = error;
    const { mac } = identity;
    if (device !== undefined && !goesOn)
      await this.#step(() => this.#options.orders.fail(device.key, ticket, code));
    this.#options.log.error({ mac, order: id, err: error }, 'order cannot be given');
    const said = { phase: 'failed', code, message: error.message, order: id };
    this.#said(identity, speaker, said);
    return new Refusal(409, error);
  }

  /** The device whose order and ticket these are. An order that is not there and a wrong ticket look the same. */
  #deviceOf(id: string, ticket: string): string {
    const device = this.#options.orders.deviceWith(id, ticket);
    if (device !== undefined) return device;
    throw new Refusal(403, new NacreError('PXE_TICKET_REFUSED', { order: id }));
  }

  /** A step of an order; what the order does not take is a conflict. */
  async #step<Result>(step: () => Promise<Result>): Promise<Result> {
    try {
      return await step();
    } catch (reason) {
      throw isNacreError(reason) ? new Refusal(409, reason) : reason;
    }
  }

  /** A device by its name where orders are kept, for the memory of devices. */
  async #identityOf(device: string, { address }: Speaker): Promise<DeviceIdentity | undefined> {
    const mac = /^mac-(.*)$/.exec(device)?.[1]?.replaceAll('-', ':');
    if (mac !== undefined) return { mac, uuid: undefined };
    const found = await this.#options.macAt(address);
    const uuid = /^uuid-(.*)$/.exec(device)?.[1];
    return found === undefined ? undefined : { mac: found, uuid };
  }

  #said(
    identity: DeviceIdentity | undefined,
    { address }: Speaker,
    said: Partial<MerlinSighting>,
  ): void {
    if (identity !== undefined) this.#options.onSaid(identity, address, said);
  }
}
