/** A boot environment with the names that the network needs, small, and of bytes that tell files apart. */
import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { outputFile, outputJson } from 'fs-extra/esm';
import { PLACE_BYTES } from '../../src/pxe/files/filled-place.ts';

/** An empty place, as pxe/make/place prints it. */
export const EMPTY_PLACE = 'nacre_place='.padEnd(PLACE_BYTES, '-');

/** Content by the name in the folder. */
export const networkBootFiles = (build = ''): Readonly<Record<string, Buffer>> => ({
  vmlinuz: Buffer.from(`kernel ${build}`.repeat(100)),
  'initrd.pxe': Buffer.alloc(3 * 2 ** 20, `initrd ${build}`),
  'node.img': Buffer.from('not served'),
  'ipxe/undionly.kpxe': Buffer.from(`undionly ${build}`),
  'ipxe/snponly.efi': Buffer.from(`snponly ${build}`),
  'network/merlin.efi': Buffer.from(`stub console=tty0 ${EMPTY_PLACE}\0kernel ${build}`),
  'network/local-disk.efi': Buffer.from(`grub\n${EMPTY_PLACE}\nscript ${build}`),
  'grub/network.cfg': Buffer.from('# functions\n'),
  'signed/BOOTX64.EFI': Buffer.from('shim'),
  'signed/grubnetx64.efi': Buffer.from('signed grub'),
  'signed/mmx64.efi': Buffer.from('keys'),
});

/** Writes them with their list, which comes last. */
export const makeNetworkBootFiles = async (
  folder: string,
  files: Readonly<Record<string, Buffer>> = networkBootFiles(),
): Promise<void> => {
  for (const [name, content] of Object.entries(files))
    await outputFile(`${folder}/${name}`, content);
  const listed = Object.entries(files).map(([name, content]) => ({
    name,
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const list = { format: 1, kernel: '6.1.0', node: '20', files: listed };
  await outputJson(`${folder}/boot.json.new`, list);
  await rename(`${folder}/boot.json.new`, `${folder}/boot.json`);
};
