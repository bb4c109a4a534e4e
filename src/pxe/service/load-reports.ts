/** What finished requests of TFTP and HTTP mean for the device that made them. */
import type { AnsweredRequest } from '../../job/serving/http-handler.ts';
import type { HttpEnd } from '../sightings/sighting.ts';
import type { NewLoad } from '../sightings/sightings.ts';
import type { TransferReport } from '../tftp/tftp-report.ts';

/** A load, and whether it is one of many pieces of the same. */
export interface LoadReport {
  readonly load: NewLoad;
  readonly isPiece: boolean;
}

const STORE = 'store/';
const SCRIPT = /^boot\/ipxe\/([0-9a-f]{2}(?:-[0-9a-f]{2}){5})(?:\/|$)/;
const PARTIAL = 206;
const FOUND: ReadonlySet<number> = new Set([200, PARTIAL]);

const nameOf = ({ path }: AnsweredRequest): string =>
  path.replace(/^http:\/\/[^/]*/i, '').replace(/^\//, '');

/** The device whose script was asked for. */
export const scriptDeviceOf = (request: AnsweredRequest): string | undefined =>
  SCRIPT.exec(nameOf(request))?.[1]?.replaceAll('-', ':');

const endOf = ({ status, isWhole }: AnsweredRequest): HttpEnd | undefined => {
  if (!isWhole) return 'broken-off';
  if (FOUND.has(status)) return 'done';
  return status === 404 ? 'not-found' : undefined;
};

/** `undefined` for what is no load, such as a question for a size. */
export const loadOfRequest = (request: AnsweredRequest): LoadReport | undefined => {
  const end = endOf(request);
  if (request.method !== 'GET' || end === undefined) return undefined;
  const name = nameOf(request);
  const isStore = name.startsWith(STORE);
  // A reader of a store asks for files that it may lack.
  if (isStore && end === 'not-found') return undefined;
  const file = isStore ? 'store' : name;
  const load = { protocol: 'http', file, bytes: request.sentBytes, end } as const;
  return { load, isPiece: isStore || request.status === PARTIAL };
};

/** `undefined` for a question for a size, with which UEFI begins each load. */
export const loadOfTransfer = ({ file, bytes, outcome }: TransferReport): LoadReport | undefined =>
  outcome === 'probe'
    ? undefined
    : { load: { protocol: 'tftp', file, bytes, end: outcome }, isPiece: false };
