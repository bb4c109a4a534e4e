/** `nacre boot media`: a USB medium or a disc that starts Merlin. */
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { formatBytes } from '../format.ts';
import type { Phrase } from '../language.ts';
import { BOOT, bootFilesOf } from './boot-folder.ts';

const COPY: Phrase = {
  en: 'Copy it onto the whole stick, for example: dd if=FILE of=/dev/sdX bs=4M conv=fsync',
  ja: 'USB メモリー全体に書き込んでください。例: dd if=FILE of=/dev/sdX bs=4M conv=fsync',
};
const BURN: Phrase = {
  en: 'Burn it as an image, or give it to a virtual machine as a disc.',
  ja: 'イメージとしてディスクに書き込むか、仮想マシンにディスクとして渡してください。',
};

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
  const [usb, iso] = [call.text('usb'), call.text('iso')];
  const file = usb ?? iso;
  if (file === undefined || (usb !== undefined && iso !== undefined)) {
    const facts = { what: '--usb FILE | --iso FILE', command: 'nacre boot media' };
    throw new NacreError('CLI_OPTION_NEEDED', facts);
  }
  const merlinArguments = argumentsOf(call);
  const files = await bootFilesOf(call);
  const { kernel, node } = files;
  const [{ writeBootMedia }, { writeBootDisc }] = await Promise.all([
    import('../../disk/boot-media.ts'),
    import('../../disk/boot-disc.ts'),
  ]);
  const write = usb === undefined ? writeBootDisc : writeBootMedia;
  const sizeBytes = await write(file, files, { merlinArguments });
  const next = usb === undefined ? BURN : COPY;
  const text = `${file}: ${formatBytes(sizeBytes)}\n${call.session.text(next)}\n`;
  return { json: { path: file, sizeBytes, kernel, node }, text };
};

export const MEDIA: CommandSpec = {
  name: 'media',
  summary: {
    en: 'make a USB medium or a disc that starts Merlin',
    ja: 'Merlin を起動する USB メディアまたはディスクを作成',
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
    {
      flags: '--iso <FILE>',
      text: {
        en: 'the new disc image (by xorriso)',
        ja: '新しいディスク(ISO)イメージ(xorriso を使用)',
      },
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
