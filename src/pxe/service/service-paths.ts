/** Where the service keeps what it has to remember, below its data folder. */
import path from 'node:path';

export interface ServicePaths {
  readonly folder: string;
  /** One file for each device. */
  readonly orders: string;
  readonly leases: string;
  readonly sightings: string;
  /** Says that a service runs, and with what. */
  readonly record: string;
}

/** The places for a data folder, such as `/var/lib/nacre`. */
export const servicePaths = (dataFolder: string): ServicePaths => {
  const folder = path.join(dataFolder, 'pxe');
  return {
    folder,
    orders: path.join(folder, 'orders'),
    leases: path.join(folder, 'leases.json'),
    sightings: path.join(folder, 'sightings.json'),
    record: path.join(folder, 'service.json'),
  };
};
