/** Which ext2/3/4 volumes GRUB 2.06 reads. Fields: Linux Documentation/filesystems/ext4/super.rst. */

const SUPERBLOCK_AT = 1024;
const MAGIC_AT = SUPERBLOCK_AT + 0x38;
const MAGIC = 0xef53;
const INCOMPATIBLE_AT = SUPERBLOCK_AT + 0x60;

/**
 * Features of the group "incompatible" that GRUB 2.06 knows, or may pass over when it reads (grub-core/fs/ext2.c):
 * filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg, encrypt.
 */
const KNOWN = 0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x10000;

/** True when GRUB can read the volume that begins with these bytes (at least 2048). */
export const grubReadsExt = (head: Uint8Array): boolean => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint16(MAGIC_AT, true) !== MAGIC) return false;
  return (view.getUint32(INCOMPATIBLE_AT, true) & ~KNOWN) === 0;
};
