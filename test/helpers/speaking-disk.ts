/** Disks that say one line on the serial line when a firmware starts them, and nothing else. */
import { writeFileSync } from 'node:fs';
import { makeSpeak, OS_SAYS } from './boot-disk.ts';
import { emptyFile, run } from './volumes.ts';

const MIB = 2 ** 20;
const DISK_MIB = 64;
const FIRST_SECTOR = 2048;

/** Position-independent x86-64 code: prints the text behind it on COM1 and halts. */
const CODE = [
  [0x48, 0x8d, 0x35, 0x1d, 0x00, 0x00, 0x00], // lea rsi,[rip+text]
  [0xac, 0x84, 0xc0, 0x74, 0x14], // next: lodsb; test al,al; jz end
  [0x88, 0xc4, 0x66, 0xba, 0xfd, 0x03], // mov ah,al; mov dx,0x3fd
  [0xec, 0xa8, 0x20, 0x74, 0xfb], // wait: in al,dx; test al,0x20; jz wait
  [0x66, 0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee, 0xeb, 0xe7], // mov dx,0x3f8; mov al,ah; out dx,al; jmp next
  [0xfa, 0xf4, 0xeb, 0xfd], // end: cli; hlt; jmp end
].flat();

const HEADERS_BYTES = 512;
const SECTION_BYTES = 512;
const ENTRY = 0x1000;

/** A PE32+ image with one section (Microsoft PE format, revision 8.3), an application for UEFI. */
const speakingLoader = (): Buffer => {
  const image = Buffer.alloc(HEADERS_BYTES + SECTION_BYTES);
  image.write('MZ', 0, 'latin1');
  image.writeUInt32LE(64, 0x3c);
  image.write('PE\0\0', 64, 'latin1');
  const coff = 68;
  image.writeUInt16LE(0x8664, coff);
  image.writeUInt16LE(1, coff + 2);
  image.writeUInt16LE(240, coff + 16);
  image.writeUInt16LE(0x22, coff + 18);
  const optional = coff + 20;
  image.writeUInt16LE(0x20b, optional);
  image.writeUInt32LE(SECTION_BYTES, optional + 4);
  image.writeUInt32LE(ENTRY, optional + 16);
  image.writeUInt32LE(ENTRY, optional + 20);
  image.writeUInt32LE(0x1000, optional + 32);
  image.writeUInt32LE(512, optional + 36);
  image.writeUInt32LE(ENTRY + 0x1000, optional + 56);
  image.writeUInt32LE(HEADERS_BYTES, optional + 60);
  image.writeUInt16LE(10, optional + 68);
  image.writeUInt32LE(16, optional + 108);
  const section = optional + 240;
  image.write('.text', section, 'latin1');
  for (const [index, value] of [SECTION_BYTES, ENTRY, SECTION_BYTES, HEADERS_BYTES].entries())
    image.writeUInt32LE(value, section + 8 + index * 4);
  image.writeUInt32LE(0x6000_0020, section + 36);
  image.set([...CODE, ...Buffer.from(`\r\n${OS_SAYS}\r\n\0`, 'latin1')], HEADERS_BYTES);
  return image;
};

/** For BIOS: it says OS_SAYS. */
export const makeBiosDisk = (file: string): string => {
  emptyFile(file, 1);
  makeSpeak(file);
  return file;
};

/** For UEFI, with its loader in the place for any machine: it says OS_SAYS. */
export const makeEfiDisk = (file: string): string => {
  emptyFile(file, DISK_MIB);
  run('sh', [
    '-c',
    `printf 'label: gpt\\nstart=${FIRST_SECTOR},type=uefi\\n' | sfdisk -q '${file}'`,
  ]);
  const kib = ((DISK_MIB - 2) * MIB) / 1024;
  run('mkfs.fat', ['-F', '32', '--offset', String(FIRST_SECTOR), file, String(kib)]);
  const volume = `${file}@@${FIRST_SECTOR * 512}`;
  writeFileSync(`${file}.efi`, speakingLoader());
  run('mmd', ['-i', volume, '::/EFI', '::/EFI/BOOT']);
  run('mcopy', ['-i', volume, `${file}.efi`, '::/EFI/BOOT/BOOTX64.EFI']);
  return file;
};
