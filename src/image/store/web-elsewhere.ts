/**
 * Packs that a server has not got itself: one whose key is pinned may name another server for a while, with its key when that is no known
 * CA's. What comes from there is proved by its digest as all packs are; no password and no signature of ours goes there.
 */
import { parseWebAddress } from './web-address.ts';
import { openSite, type WebSite } from './web-connection.ts';
import { parsePin } from './web-pin.ts';

/** Header of a redirect: `sha256:HEX` of keys, separated by commas. */
export const PIN_HEADER = 'x-nacre-pin';
/** Servers that are remembered with their connections. */
const MOST_SITES = 8;
const MOST_PINS = 4;

const sitesOf = new WeakMap<WebSite, Map<string, WebSite>>();

/**
 * The server of an address that a pack's own server names; `undefined` where it may not name one.
 * @throws NacreError `STORE_PIN_INVALID`
 */
export const siteElsewhere = (
  from: WebSite,
  name: string,
  target: URL,
  pinHeader: string | readonly string[] | undefined,
): WebSite | undefined => {
  const isAllowed = from.isPinned === true && target.protocol === 'https:';
  if (!isAllowed || !name.startsWith('packs/') || `${target.username}${target.password}` !== '')
    return undefined;
  const pins = String(pinHeader ?? '')
    .split(',', MOST_PINS)
    .filter((pin) => pin.trim() !== '');
  const key = `${target.origin} ${pins.join()}`;
  const known = sitesOf.get(from) ?? new Map<string, WebSite>();
  sitesOf.set(from, known);
  const address = parseWebAddress(`${target.origin}/`);
  const opened = () => openSite(address, { pins: pins.map(parsePin), limits: from.limits });
  // It may not send anybody further.
  const site = known.get(key) ?? { ...opened(), isPinned: false };
  if (known.size >= MOST_SITES) known.clear();
  known.set(key, site);
  return site;
};
