/** Takes what the parts of the service report into the memory of devices. */
import { printable } from '../../codec/printable.ts';
import { isNacreError } from '../../errors.ts';
import { Allowance } from '../../job/serving/allowance.ts';
import type { AnsweredRequest } from '../../job/serving/http-handler.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { DhcpRequestReport } from '../dhcp/dhcp-responder.ts';
import type { DeviceIdentity } from '../policy/policy.ts';
import { AddressBook } from '../sightings/address-book.ts';
import type { Sighting } from '../sightings/sighting.ts';
import { readSightings, SightingWriter } from '../sightings/sighting-file.ts';
import { Sightings } from '../sightings/sightings.ts';
import type { TransferReport } from '../tftp/tftp-report.ts';
import { type LoadReport, loadOfRequest, loadOfTransfer, scriptDeviceOf } from './load-reports.ts';

/** Lines for people about files by HTTP; a client that asks in a loop must not fill the disk. */
const LINES_PER_SECOND = 20;

export interface SeenOptions {
  readonly path: string;
  readonly isKnown: (identity: DeviceIdentity) => boolean;
  readonly log: ServiceLog;
}

/** Ears of the service, and what they heard. */
export interface Seen extends AsyncDisposable, Pick<SeenOptions, 'isKnown'> {
  readonly devices: Sightings;
  readonly book: AddressBook;
  readonly dhcpRequest: (report: DhcpRequestReport) => void;
  readonly httpRequest: (request: AnsweredRequest) => void;
  readonly tftpTransfer: (report: TransferReport) => void;
  readonly uuidOf: (mac: string) => string | undefined;
}

/** A damaged file is no reason to serve nobody. */
const readStored = async (path: string, log: ServiceLog): Promise<readonly Sighting[]> => {
  try {
    return await readSightings(path);
  } catch (err) {
    if (!isNacreError(err, 'PXE_SIGHTINGS_DAMAGED')) throw err;
    log.warn({ err, path }, 'what was seen before is forgotten');
    return [];
  }
};

/** Opens the memory. Closing it waits for reports that are under way, and stores it. */
export const watchDevices = async ({ path, isKnown, log }: SeenOptions): Promise<Seen> => {
  const stored = await readStored(path, log);
  const book = new AddressBook();
  const writer = new SightingWriter({ path, devices: () => devices.all(), log });
  const onChange = (): void => writer.changed();
  const devices = new Sightings({ isKnown, now: () => new Date(), onChange }, stored);
  const running = new Set<Promise<void>>();

  const take = async (address: string, report: LoadReport): Promise<void> => {
    const mac = await book.find(address);
    if (mac !== undefined) devices.loaded(mac, address, report.load, report.isPiece);
  };
  const lines = new Allowance(LINES_PER_SECOND, performance.now());
  const tell = (address: string, { load, isPiece }: LoadReport): void => {
    const isForPeople = load.protocol === 'http' && !isPiece && lines.take(performance.now());
    if (isForPeople) log.info({ address, ...load, file: printable(load.file) }, 'http file sent');
  };
  const loaded = (address: string, report: LoadReport | undefined): void => {
    if (report === undefined) return;
    tell(address, report);
    const task = take(address, report)
      .catch((err: unknown) => log.error({ err, address }, 'a load cannot be noted'))
      .finally(() => running.delete(task));
    running.add(task);
  };
  return {
    ...{ devices, book, isKnown },
    dhcpRequest: (report) => {
      if (report.address !== undefined) book.note(report.address, report.client.mac);
      devices.asked(report);
    },
    httpRequest: (request) => {
      const mac = scriptDeviceOf(request);
      if (mac !== undefined) book.note(request.address, mac);
      loaded(request.address, loadOfRequest(request));
    },
    tftpTransfer: (report) => loaded(report.address, loadOfTransfer(report)),
    uuidOf: (mac) => devices.get(mac)?.uuid ?? undefined,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running);
      await writer.close();
    },
  };
};
