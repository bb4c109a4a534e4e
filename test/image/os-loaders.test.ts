import test from 'ava';
import { loaderAmong } from '../../src/image/os-loaders.ts';

test('the loader of the OS is the most particular one, and never ours', (t) => {
  const found = (...paths: readonly string[]): string | undefined => loaderAmong(paths);
  t.is(found('EFI/OSBOOT/BOOTX64.EFI', 'EFI/debian/grubx64.efi'), 'EFI/debian/grubx64.efi');
  t.is(found('EFI/debian/grubx64.efi', 'EFI/debian/shimx64.efi'), 'EFI/debian/shimx64.efi');
  t.is(
    found('EFI/debian/shimx64.efi', 'efi/microsoft/BOOT/BOOTMGFW.EFI'),
    'efi/microsoft/BOOT/BOOTMGFW.EFI',
  );
  t.is(found('EFI/OSBOOT/bootx64.efi'), 'EFI/OSBOOT/bootx64.efi');
  t.is(found('EFI/BOOT/grubx64.efi', 'EFI/BOOT/BOOTX64.EFI'), undefined);
  t.is(found('vmlinuz', 'EFI/tools/x.efi'), undefined);
});
