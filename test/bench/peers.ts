/** What Nacre is compared with: the usual tools, each as one command line that ends with its output on the disk. */

/** A way to store an NTFS volume and to bring it back. File names are relative to the bench's work folder. */
export interface Peer {
  readonly name: string;
  /** Writes `image` (a file or a folder) from the volume in the file `source`. */
  readonly capture: (source: string) => string;
  readonly image: string;
  /** Writes the volume into the existing sparse file `target`. */
  readonly restore: (target: string) => string;
  /** Left for the first round: too slow to repeat, or only looked at once. */
  readonly isRunOnce: boolean;
  /** Left out of `--quick`. */
  readonly isQuick: boolean;
}

const COMPRESS = 'zstd -q -T2 -1 -f -o peer.image && sync peer.image';

const partclone = (name: string, checksum: string, isQuick: boolean): Peer => ({
  name,
  capture: (source) =>
    `partclone.ntfs -c -q -C ${checksum} -L partclone.log -s '${source}' -o - | ${COMPRESS}`,
  image: 'peer.image',
  restore: (target) =>
    `zstd -q -dc peer.image | partclone.ntfs -r -q -C -L partclone.log -s - -O ${target} && sync ${target}`,
  isRunOnce: false,
  isQuick,
});

const qemu = (compression: string, isRunOnce: boolean): Peer => ({
  name: `qemu-img qcow2 ${compression}`,
  capture: (source) =>
    `qemu-img convert -c -f raw -O qcow2 -o compression_type=${compression} '${source}' peer.image && sync peer.image`,
  image: 'peer.image',
  restore: (target) => `qemu-img convert -n -f qcow2 -O raw peer.image ${target} && sync ${target}`,
  isRunOnce,
  isQuick: false,
});

/** Name of the peer that the goals are ratios to. */
export const MAIN_PEER = 'partclone -a0 + zstd -1';
/** The same with partclone's own checksums. */
export const CHECKSUM_PEER = 'partclone (CRC32) + zstd -1';

export const PEERS: readonly Peer[] = [
  partclone(MAIN_PEER, '-a0', true),
  partclone(CHECKSUM_PEER, '', true),
  {
    name: 'ntfsclone + zstd -1',
    capture: (source) => `ntfsclone -q -f -s -o - '${source}' | ${COMPRESS}`,
    image: 'peer.image',
    restore: (target) =>
      `zstd -q -dc peer.image | ntfsclone -q -r -O ${target} - && sync ${target}`,
    isRunOnce: false,
    isQuick: false,
  },
  {
    name: 'dd + zstd -1',
    capture: (source) => `dd if='${source}' bs=1M status=none | ${COMPRESS}`,
    image: 'peer.image',
    restore: (target) =>
      `zstd -q -dc peer.image | dd of=${target} bs=1M iflag=fullblock conv=notrunc,sparse status=none && sync ${target}`,
    isRunOnce: false,
    isQuick: false,
  },
  qemu('zstd', false),
  qemu('zlib', true),
  {
    name: 'casync',
    capture: (source) =>
      `casync make --store=peer.image/chunks.castr peer.image/index.caibx '${source}' && sync -f peer.image/index.caibx`,
    image: 'peer.image',
    restore: (target) =>
      `casync extract --store=peer.image/chunks.castr peer.image/index.caibx ${target} && sync ${target}`,
    isRunOnce: true,
    isQuick: false,
  },
];
