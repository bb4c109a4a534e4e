/** Volume labels by which the partitions of a layout are found again: never by number or device name. */

/** FAT label of the boot agent partition. */
export const BOOT_AGENT_LABEL = 'NACRE-BA';
/** FAT label of the backup OS partition. */
export const BACKUP_LABEL = 'NACRE-BK';
/** Label of the vendor's partition in front of XPe and WES 2009 layouts (spec A, words). */
export const WFS_LABEL = 'WFS';
