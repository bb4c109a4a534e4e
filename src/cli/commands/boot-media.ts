/** `nacre boot media`: a USB medium that starts Merlin. */
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes } from '../format.ts';
import { BOOT, bootFilesOf } from './boot-folder.ts';

/** SHA-256 of a certificate. */
const PIN = /^[0-9a-f]{64}$/;

/** An address without what a kernel's command line or GRUB would take apart. @throws NacreError CLI_BAD_VALUE */
const serverOf = (value: string): string => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = /^[!#%&(-~]+$/.test(value) && url?.username === '' && url.password === '';
  if (url?.protocol === 'https:' && isPlain) return value;
  throw new NacreError('CLI_BAD_VALUE', { what: '--server', value, expected: 'https://…' });
};

const argumentsOf = (call: Call): string => {
  const server = call.text('server');
  const pin = call.text('pin');
  if (pin !== undefined && !PIN.test(pin)) {
    throw new NacreError('CLI_BAD_VALUE', { what: '--pin', value: pin, expected: '64 hex digits' });
  }
  return [
    ...(server === undefined ? [] : [`nacre.server=${serverOf(server)}`]),
    ...(pin === undefined ? [] : [`nacre.pin=${pin}`]),
  ].join(' ');
};

const media = async (call: Call): Promise<Outcome> => {
  const file = call.text('usb');
  if (file === undefined) {
    const facts = { what: '--usb FILE', command: 'nacre boot media' };
    throw new NacreError('CLI_OPTION_NEEDED', facts);
  }
  const merlinArguments = argumentsOf(call);
  const { writeBootMedia } = await import('../../disk/boot-media.ts');
  const files = await bootFilesOf(call);
  const { kernel, node } = files;
  const sizeBytes = await writeBootMedia(file, files, { merlinArguments });
  const text = call.session.text({
    en: `${file}: ${formatBytes(sizeBytes)}; copy it onto the whole stick, for example: dd if=${file} of=/dev/sdX bs=4M conv=fsync\n`,
    ja: `${file}: ${formatBytes(sizeBytes)}。USB メモリー全体に書き込んでください。例: dd if=${file} of=/dev/sdX bs=4M conv=fsync\n`,
  });
  return { json: { path: file, sizeBytes, kernel, node }, text };
};

export const MEDIA: CommandSpec = {
  name: 'media',
  summary: {
    en: 'make a USB medium that starts Merlin',
    ja: 'Merlin を起動する USB メディアを作成',
  },
  details: {
    en: 'A new disk image for BIOS and UEFI, with Secure Boot by the signed chain of Debian. The boot environment is built first if there is none. The same environment gives the same bytes.',
    ja: 'BIOS と UEFI 用の新しいディスクイメージです。セキュアブートには Debian の署名済みローダーを使います。起動環境がなければ先に作ります。同じ起動環境からは同じ内容ができます。',
  },
  options: [
    {
      flags: '--usb <FILE>',
      text: { en: 'the new disk image', ja: '新しいディスクイメージ' },
    },
    BOOT,
    {
      flags: '--server <URL>',
      text: { en: 'manager that Merlin reports to', ja: 'Merlin が接続するマネージャー' },
    },
    {
      flags: '--pin <HEX>',
      text: {
        en: "SHA-256 of the manager's certificate",
        ja: 'マネージャーの証明書の SHA-256',
      },
    },
  ],
  example: 'nacre boot media --usb merlin-usb.img',
  run: media,
};
