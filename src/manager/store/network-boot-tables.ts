/** What devices say that start from the network, as tables. */

/** The last start of a device from the network, as far as anything of it was said; nothing of it is proved. */
export interface NetworkStartTable {
  readonly device_id: string;
  readonly architecture: string | null;
  /** Maker and product. */
  readonly machine: string;
  /** Of the only disk that is built in; null while no Merlin has run there. */
  readonly disk_bytes: number | null;
  readonly sector_size: number | null;
  readonly seen_at: string;
}
