/** What kernel and firmware say of the machine that this runs on. */
import { readFile } from 'node:fs/promises';

/** Boards without such a table, fields that only root may read, and cards that are off and do not tell their link. */
const UNTOLD: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'ENODEV']);

/** True for a failure that only says that the kernel has nothing to tell. */
export const isUntold = (reason: unknown): boolean =>
  reason instanceof Error && 'code' in reason && UNTOLD.has(reason.code);

/** Text of a small file of the kernel; empty when it is not there or may not be read. */
export const kernelText = async (path: string): Promise<string> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (reason) {
    if (isUntold(reason)) return '';
    throw reason;
  }
};

/** A field of the firmware's tables: `product_name`. */
export const firmwareText = (name: string): Promise<string> =>
  kernelText(`/sys/class/dmi/id/${name}`);

/** A machine by the firmware's tables (SMBIOS, system information); empty where a board has none. */
export interface Machine {
  readonly maker: string;
  readonly product: string;
}

export const thisMachine = async (): Promise<Machine> => ({
  maker: await firmwareText('sys_vendor'),
  product: await firmwareText('product_name'),
});

/** As people see it: on Merlin's screen, and in what an image says that it is for. */
export const machineName = ({ maker, product }: Machine): string => `${maker} ${product}`.trim();
