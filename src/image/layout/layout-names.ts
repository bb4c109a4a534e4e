/** Volume labels by which the partitions of a layout are found again: never by number or device name. */

export { BACKUP_LABEL, BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
/** Label of the vendor's partition in front of XPe and WES 2009 layouts (spec A, words). */
export const WFS_LABEL = 'WFS';
