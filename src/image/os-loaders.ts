/** Loaders of installed systems on an EFI system partition, by their paths. */

/** Where the image's own fallback loader goes: its place belongs to ours. */
export const OS_FALLBACK_FOLDER = 'EFI/OSBOOT';

/** The most particular first; `*` stands for one folder. */
export const OS_LOADERS: readonly string[] = [
  'EFI/Microsoft/Boot/bootmgfw.efi',
  'EFI/*/shimx64.efi',
  'EFI/*/grubx64.efi',
  'EFI/systemd/systemd-bootx64.efi',
  `${OS_FALLBACK_FOLDER}/BOOTX64.EFI`,
];

const patternOf = (loader: string): RegExp =>
  new RegExp(`^${loader.replaceAll('.', '\\.').replace('*', '[^/]+')}$`, 'i');

/** Ours: GRUB and shim of the boot agent itself. */
const OWN_FOLDER = /^EFI\/BOOT\//i;

/** The loader that starts the OS on UEFI; undefined when none is known. */
export const loaderAmong = (paths: readonly string[]): string | undefined => {
  const foreign = paths.filter((path) => !OWN_FOLDER.test(path));
  for (const loader of OS_LOADERS) {
    const found = foreign.find((path) => patternOf(loader).test(path));
    if (found !== undefined) return found;
  }
  return undefined;
};
