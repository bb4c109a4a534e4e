/** Where the service keeps what it has to remember, below its data folder. */
import path from 'node:path';

export interface ServicePaths {
  readonly folder: string;
  /** One file for each device. */
  readonly orders: string;
  readonly leases: string;
  /** Of the key by which Merlin knows its server. */
  readonly merlin: string;
  readonly sightings: string;
  /** Says that a service runs, and with what. */
  readonly record: string;
  /** The last policy of a manager, and when it was heard. */
  readonly managerPolicy: string;
  readonly managerWord: string;
  /** What it was told of orders, and of devices. */
  readonly managerTold: string;
  readonly managerSeen: string;
}

/** The places for a data folder, such as `/var/lib/nacre`. */
export const servicePaths = (dataFolder: string): ServicePaths => {
  const folder = path.join(dataFolder, 'pxe');
  return {
    folder,
    orders: path.join(folder, 'orders'),
    leases: path.join(folder, 'leases.json'),
    merlin: path.join(folder, 'merlin'),
    sightings: path.join(folder, 'sightings.json'),
    record: path.join(folder, 'service.json'),
    managerPolicy: path.join(folder, 'manager-policy.json'),
    managerWord: path.join(folder, 'manager-word.json'),
    managerTold: path.join(folder, 'manager-told.json'),
    managerSeen: path.join(folder, 'manager-seen.json'),
  };
};
