/** What is behind each name that a machine asks for by HTTP or TFTP: boot files, and scripts for single devices. */

import { memoryContent, typeOf } from '../../job/serving/http-content.ts';
import type { FindContent, RequestEnds } from '../../job/serving/http-handler.ts';
import type { FindBootFile } from '../network-client.ts';
import { isOffer, planDevice } from '../policy/device-plan.ts';
import type { OrderStateOf } from '../policy/orders.ts';
import type { DeviceIdentity, Policy } from '../policy/policy.ts';
import type { BootContent, BootFileSet, PlaceText } from './boot-file-set.ts';
import { ipxeScript, type ScriptWish } from './boot-scripts.ts';
import { type BootServer, merlinWords } from './boot-server.ts';
import { GRUB_FALLBACK, grubConfig, grubPlaceText } from './grub-scripts.ts';

/** Whom a client asks: ours of the addresses that it reaches. */
export type ServerOf = (ends: Pick<RequestEnds, 'address'> & Partial<RequestEnds>) => BootServer;

export interface BootLookupOptions {
  /** As it is at the moment of a request. */
  readonly policy: () => Policy;
  readonly files: () => BootFileSet;
  readonly stateOf: OrderStateOf;
  readonly serverOf: ServerOf;
  /** UUID that a card's DHCP request had, for loaders that tell their MAC address alone. */
  readonly uuidOf?: ((mac: string) => string | undefined) | undefined;
  /** Told of each device that is told to load Merlin for its order. */
  readonly onOffer?: ((identity: DeviceIdentity) => void) | undefined;
}

export interface BootLookup {
  readonly files: FindContent;
  readonly scripts: FindContent;
  readonly tftp: FindBootFile;
}

const DASHED = '[0-9a-f]{2}(?:-[0-9a-f]{2}){5}';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const IPXE_SCRIPT = new RegExp(`^boot/ipxe/(${DASHED})(?:/(${UUID}))?$`);
/** By Debian's signed GRUB: of itself, and by our fallback. */
const GRUB_CONFIGS = [
  new RegExp(`^grub/grub\\.cfg-01-(${DASHED})$`),
  new RegExp(`^grub/device-(${DASHED.replaceAll('-[', ':[')})\\.cfg$`),
];
/** Below it all files are as they were built. */
const BOOT_FILES = 'boot-files/';
/** Filled files that are kept in one piece, as TFTP wants them. */
const MOST_JOINED = 16;

/** Who asks for a script is a machine that waits for one: what we would not answer goes to its disk. */
const wishOf = (options: BootLookupOptions, told: DeviceIdentity): ScriptWish => {
  const policy = options.policy();
  const identity = { mac: told.mac, uuid: told.uuid ?? options.uuidOf?.(told.mac) };
  const plan = planDevice(policy, options.stateOf, identity);
  if (isOffer(plan)) options.onOffer?.(identity);
  const { does } = plan;
  return { does: does === 'nothing' ? 'local-disk' : does, menu: policy.menu };
};

const placeTextOf =
  (options: BootLookupOptions, server: BootServer): PlaceText =>
  (name) => {
    const { menu } = options.policy();
    if (name === 'merlin.efi') return merlinWords(server).join(' ');
    return grubPlaceText({ does: name === 'menu.efi' ? 'menu' : 'local-disk', menu }, server);
  };

const identityOf = (mac: string, uuid?: string): DeviceIdentity => ({
  mac: mac.replaceAll('-', ':'),
  uuid,
});

const grubIdentityOf = (name: string): DeviceIdentity | undefined => {
  for (const pattern of GRUB_CONFIGS) {
    const mac = pattern.exec(name)?.[1];
    if (mac !== undefined) return identityOf(mac);
  }
  return undefined;
};

/** Files in one piece; those that are filled are joined once for each text. */
const makeJoiner = (): ((content: BootContent) => Uint8Array) => {
  const joined = new Map<string, Uint8Array>();
  return ({ pieces, tag }) => {
    const [only, ...more] = pieces;
    if (only !== undefined && more.length === 0) return only;
    const known = joined.get(tag);
    if (known !== undefined) return known;
    const bytes = Buffer.concat(pieces);
    const [oldest] = joined.keys();
    if (joined.size >= MOST_JOINED && oldest !== undefined) joined.delete(oldest);
    joined.set(tag, bytes);
    return bytes;
  };
};

const makeTftpLookup = (options: BootLookupOptions): FindBootFile => {
  const join = makeJoiner();
  return (asked, address) => {
    const name = asked.replaceAll('\\', '/').replace(/^\//, '');
    if (name === 'grub/grub.cfg') return Buffer.from(GRUB_FALLBACK);
    const server = options.serverOf({ address });
    const identity = grubIdentityOf(name);
    // 43 MB that no client of TFTP starts.
    if (name === 'merlin.efi') return undefined;
    if (identity !== undefined) return Buffer.from(grubConfig(wishOf(options, identity), server));
    const content = options.files().find(name, placeTextOf(options, server));
    return content === undefined ? undefined : join(content);
  };
};

/** Makes the three looks-up of one responder. */
export const makeBootLookup = (options: BootLookupOptions): BootLookup => ({
  files: (name, ends) => {
    if (name.startsWith(BOOT_FILES)) {
      const listed = options.files().listed(name.slice(BOOT_FILES.length));
      return listed && memoryContent(listed.pieces, typeOf(name), listed.tag);
    }
    const server = options.serverOf(ends);
    const content = options.files().find(name, placeTextOf(options, server));
    return content && memoryContent(content.pieces, typeOf(name), content.tag);
  },
  scripts: (name, ends) => {
    const [, mac, uuid] = IPXE_SCRIPT.exec(name) ?? [];
    if (mac === undefined) return undefined;
    const script = ipxeScript(wishOf(options, identityOf(mac, uuid)), options.serverOf(ends));
    return memoryContent([Buffer.from(script)], 'text/plain', undefined);
  },
  tftp: makeTftpLookup(options),
});
