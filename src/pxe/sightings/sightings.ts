/** The devices that the service has seen, in bounded memory: what strangers send makes nobody else forgotten. */
import { printable } from '../../codec/printable.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { DhcpRequestReport } from '../dhcp/dhcp-responder.ts';
import type { NetworkClient } from '../network-client.ts';
import type { DeviceIdentity } from '../policy/policy.ts';
import {
  firstSighting,
  LONGEST_TEXT,
  type Load,
  type MerlinSighting,
  type Sighting,
  withLoad,
} from './sighting.ts';

/** Devices of the policy that are kept; the one that was not seen for longest goes first. */
export const MOST_KNOWN = 10_000;
/** Devices that the policy does not name. Anybody can make them up, so that they have a room of their own. */
export const MOST_STRANGERS = 2000;

export interface SightingsOptions {
  /** True for a device that the policy names. */
  readonly isKnown: (identity: DeviceIdentity) => boolean;
  readonly now: () => Date;
  /** Told after each change. */
  readonly onChange: () => void;
}

/** A load without its time. */
export type NewLoad = Omit<Load, 'at'>;

const shown = (text: string): string => printable(text).slice(0, LONGEST_TEXT);

const programOf = ({ isIpxe, transport }: NetworkClient): Sighting['asked'] => {
  if (isIpxe) return 'ipxe';
  return transport === 'http' ? 'http-boot' : 'pxe';
};

const answerOf = ({
  answer,
}: DhcpRequestReport): Pick<Sighting, 'answered' | 'transport' | 'reason'> => ({
  answered: answer.kind === 'file' ? shown(answer.name) : null,
  transport: answer.kind === 'file' ? answer.transport : null,
  reason: answer.reason,
});

/** All devices, by MAC address. */
export class Sightings {
  readonly #known = new RecentMap<string, Sighting>(MOST_KNOWN);
  readonly #strangers = new RecentMap<string, Sighting>(MOST_STRANGERS);
  readonly #options: SightingsOptions;

  /** @param stored what is remembered from before, the oldest first */
  constructor(options: SightingsOptions, stored: readonly Sighting[] = []) {
    this.#options = options;
    for (const sighting of stored) this.#keep(sighting);
  }

  /** The device with this MAC address. */
  get(mac: string): Sighting | undefined {
    return this.#known.get(mac) ?? this.#strangers.get(mac);
  }

  /** All devices, the one that was seen last at the end. */
  all(): readonly Sighting[] {
    const all = [...this.#strangers.values(), ...this.#known.values()];
    return all.sort((a, b) => a.lastSeen.localeCompare(b.lastSeen));
  }

  /** A request on which the policy was asked. */
  asked(report: DhcpRequestReport): void {
    const { client, silence = null, address } = report;
    const at = report.at.toISOString();
    const before = this.get(client.mac) ?? firstSighting(client.mac, at);
    this.#change({
      ...before,
      ...answerOf(report),
      uuid: client.uuid ?? before.uuid,
      architecture: client.architecture,
      asked: programOf(client),
      silence,
      lastSeen: at,
      askedAt: at,
      requests: before.requests + 1,
      address: address ?? before.address,
    });
  }

  /** A file that a device asked for. @param isPiece it is read in pieces, whose bytes add up */
  loaded(mac: string, address: string, load: NewLoad, isPiece: boolean): void {
    const before = this.get(mac);
    // Whoever loads without having asked by DHCP is a person with a browser, or a Merlin that says who it is.
    if (before === undefined) return;
    const at = this.#options.now().toISOString();
    const added = { ...load, file: shown(load.file), end: shown(load.end), at };
    const loads = [...withLoad(before.loads, added, isPiece)];
    this.#change({ ...before, loads, lastSeen: at, address });
  }

  /** What Merlin says of itself; fields that are left out stay as they are. */
  merlinSaid(identity: DeviceIdentity, address: string, said: Partial<MerlinSighting>): void {
    const at = this.#options.now().toISOString();
    const before = this.get(identity.mac) ?? firstSighting(identity.mac, at);
    const merlin: MerlinSighting = {
      ...{ phase: 'asked', doneBytes: 0, totalBytes: 0, order: null, code: null },
      ...{ message: '', machine: '' },
      ...before.merlin,
      ...said,
      at,
    };
    const texts = { message: shown(merlin.message), machine: shown(merlin.machine) };
    const uuid = identity.uuid ?? before.uuid;
    this.#change({ ...before, uuid, address, lastSeen: at, merlin: { ...merlin, ...texts } });
  }

  #change(sighting: Sighting): void {
    this.#keep(sighting);
    this.#options.onChange();
  }

  /** A policy that changed makes a stranger a known device, or the other way round. */
  #keep(sighting: Sighting): void {
    const { mac, uuid } = sighting;
    const isKnown = this.#options.isKnown({ mac, uuid: uuid ?? undefined });
    (isKnown ? this.#strangers : this.#known).delete(mac);
    (isKnown ? this.#known : this.#strangers).set(mac, sighting);
  }
}
