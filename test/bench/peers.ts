/** What Nacre is compared with: the usual tools, each as one command line that ends with its output on the disk. */

/** A way to store an NTFS volume and to bring it back. File names are relative to the bench's work folder. */
export interface Peer {
  readonly name: string;
  /** Writes `image` (a file, or a folder that is there) from the volume in the file `source`. */
  readonly capture: (source: string, image: string) => string;
  /** Writes the volume into the existing sparse file `target`. */
  readonly restore: (image: string, target: string) => string;
  /** Left for the first round: too slow to repeat, or only looked at once. */
  readonly isRunOnce: boolean;
  /** Left out of `--quick`. */
  readonly isQuick: boolean;
}

const compressTo = (image: string): string => `zstd -q -T2 -1 -f -o ${image} && sync ${image}`;

const partclone = (name: string, checksum: string, isQuick: boolean): Peer => ({
  name,
  capture: (source, image) =>
    `partclone.ntfs -c -q -C ${checksum} -L partclone.log -s '${source}' -o - | ${compressTo(image)}`,
  restore: (image, target) =>
    `zstd -q -dc ${image} | partclone.ntfs -r -q -C -L partclone.log -s - -O ${target} && sync ${target}`,
  isRunOnce: false,
  isQuick,
});

const qemu = (compression: string, isRunOnce: boolean): Peer => ({
  name: `qemu-img qcow2 ${compression}`,
  capture: (source, image) =>
    `qemu-img convert -c -f raw -O qcow2 -o compression_type=${compression} '${source}' ${image} && sync ${image}`,
  restore: (image, target) =>
    `qemu-img convert -n -f qcow2 -O raw ${image} ${target} && sync ${target}`,
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
    capture: (source, image) => `ntfsclone -q -f -s -o - '${source}' | ${compressTo(image)}`,
    restore: (image, target) =>
      `zstd -q -dc ${image} | ntfsclone -q -r -O ${target} - && sync ${target}`,
    isRunOnce: false,
    isQuick: false,
  },
  {
    name: 'dd + zstd -1',
    capture: (source, image) => `dd if='${source}' bs=1M status=none | ${compressTo(image)}`,
    restore: (image, target) =>
      `zstd -q -dc ${image} | dd of=${target} bs=1M iflag=fullblock conv=notrunc,sparse status=none && sync ${target}`,
    isRunOnce: false,
    isQuick: false,
  },
  qemu('zstd', false),
  qemu('zlib', true),
  {
    name: 'casync',
    capture: (source, image) =>
      `casync make --store=${image}/chunks.castr ${image}/index.caibx '${source}' && sync -f ${image}/index.caibx`,
    restore: (image, target) =>
      `casync extract --store=${image}/chunks.castr ${image}/index.caibx ${target} && sync ${target}`,
    isRunOnce: true,
    isQuick: false,
  },
];
