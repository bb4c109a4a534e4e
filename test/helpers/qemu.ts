import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const OVMF = '/usr/share/ovmf/OVMF.fd';
/** With Microsoft's keys and Secure Boot on. */
const SECURE_CODE = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
const SECURE_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd';

/** What making and booting the guest disk needs of the machine. */
export const GUEST_NEEDS: readonly string[] = [
  ...['qemu-system-x86_64', 'mkntfs', 'mke2fs', 'mkfs.fat', 'mcopy', 'sfdisk', 'cpio', 'zstd'],
  ...(process.getuid?.() === 0 ? ['debootstrap'] : []),
];

/** How to boot a raw disk file. */
export interface BootOptions {
  readonly disk: string;
  /** False keeps what the guest writes; true, the default, leaves the file as it is. */
  readonly discardWrites?: boolean;
  readonly firmware?: 'seabios' | 'ovmf' | 'ovmf-secure';
  readonly memoryMiB?: number;
  readonly timeoutMs?: number;
  /** A line that starts with this says that the guest has done its work. */
  readonly marker?: string;
  /** The guest is ended when the marker comes, instead of when it powers off. */
  readonly untilMarker?: boolean;
  /** The guest starts again when it wants to; otherwise that ends it. */
  readonly reboots?: boolean;
  /** Keys for the serial line, each sent once when its text has come; in this order. */
  readonly keys?: readonly (readonly [after: string, keys: string])[];
  /** A sector whose writes fail with EIO. */
  readonly failingSector?: number;
  /** What the drive `disk` is connected to; default virtio. */
  readonly device?: readonly string[];
  /** A PNG of the screen, taken once when its text has come over the serial line. */
  readonly screenshot?: { readonly after: string; readonly file: string } | undefined;
  /** More QEMU arguments, such as a kernel or another disk. */
  readonly arguments?: readonly string[];
}

/** What a guest said before it powered itself off. */
export interface BootReport {
  /** Everything that came over the serial line. */
  readonly serial: string;
  /** `NACRE-GUEST KEY VALUE` lines. */
  readonly values: ReadonlyMap<string, string>;
  readonly seconds: number;
}

/** A guest that did not report: the message holds the end of its serial line. */
export class GuestError extends Error {
  constructor(reason: string, serial: string) {
    super(`${reason}; the end of the serial line:\n${serial.slice(-4000)}`);
    this.name = 'GuestError';
  }
}

const DEVICE = ['-device', 'virtio-blk-pci,drive=disk,serial=nacre-guest'];

const firmwareFor = ({ firmware }: BootOptions): readonly string[] => {
  if (firmware === 'ovmf') return ['-machine', 'pc,accel=tcg', '-bios', OVMF];
  if (firmware !== 'ovmf-secure') return ['-machine', 'pc,accel=tcg'];
  return [
    ...['-machine', 'q35,smm=on,accel=tcg', '-cpu', 'max'],
    ...['-global', 'driver=cfi.pflash01,property=secure,value=on'],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${SECURE_CODE}`],
    ...['-drive', `if=pflash,format=raw,snapshot=on,file=${SECURE_VARIABLES}`],
  ];
};

/** The disk file, or the same behind QEMU's blkdebug driver. */
const driveFor = (file: string, { failingSector }: BootOptions): string => {
  if (failingSector === undefined) return `file=${file}`;
  const fault = { event: 'none', iotype: 'write', errno: 5, once: 'off', sector: failingSector };
  return [
    'file.driver=blkdebug,file.image.driver=file',
    `file.image.filename=${file}`,
    ...Object.entries(fault).map(([key, value]) => `file.inject-error.0.${key}=${value}`),
  ].join(',');
};

/** The words of QEMU. */
export const argumentsFor = (options: BootOptions): string[] => {
  const snapshot = options.discardWrites === false ? 'off' : 'on';
  // QEMU takes a comma in a value doubled.
  const file = options.disk.replaceAll(',', ',,');
  return [
    ...firmwareFor(options),
    ...['-m', `${options.memoryMiB ?? 512}`],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-nic', 'none'],
    ...(options.reboots === true ? [] : ['-no-reboot']),
    ...['-drive', `if=none,id=disk,format=raw,${driveFor(file, options)},snapshot=${snapshot}`],
    ...(options.device ?? DEVICE),
    ...(options.screenshot === undefined
      ? []
      : ['-qmp', `unix:${monitorOf(options.screenshot.file)},server=on,wait=off`]),
    ...(options.arguments ?? []),
  ];
};

const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });

const valuesOf = (serial: string): Map<string, string> =>
  new Map(
    [...serial.matchAll(/^NACRE-GUEST (\S+) (.*?)\r?$/gm)].map(
      ([, key = '', value = '']) => [key, value] as const,
    ),
  );

/** Sends the next keys when what they wait for has come behind what the ones before waited for. */
const keyPresser = (
  keys: NonNullable<BootOptions['keys']>,
  send: (keys: string) => void,
): ((serial: string) => void) => {
  let next = 0;
  let from = 0;
  return (serial) => {
    const [after, text] = keys[next] ?? [];
    if (after === undefined || text === undefined) return;
    const at = serial.indexOf(after, from);
    if (at < 0) return;
    from = at + after.length;
    next++;
    send(text);
  };
};

/** Tells QEMU on its monitor, which is a socket beside the picture, to write the screen to a file. */
const takeScreenshot = (file: string): void => {
  const monitor = connect(monitorOf(file));
  const say = (execute: string, values?: object): void => {
    monitor.write(`${JSON.stringify({ execute, arguments: values })}\n`);
  };
  say('qmp_capabilities');
  say('screendump', { filename: path.resolve(file), format: 'png' });
  monitor.on('data', () => undefined).on('error', () => undefined);
  monitor.unref();
};

const monitorOf = (file: string): string => `${path.resolve(file)}.monitor`;

/** Takes the screenshot when its time has come. */
const photographer = ({ screenshot }: BootOptions): ((serial: string) => void) => {
  let isTaken = screenshot === undefined;
  return (serial) => {
    if (isTaken || screenshot === undefined || !serial.includes(screenshot.after)) return;
    isTaken = true;
    takeScreenshot(screenshot.file);
  };
};

/** What a bar of progress leaves in front of the next line: the rest of the line is erased. */
const ERASE = '\u001b[K';

/** True when a line starts with the marker. */
const hasMarker = (serial: string, marker: string): boolean =>
  serial.split(/[\r\n]+/).some((line) => line.replace(ERASE, '').startsWith(marker));

/**
 * Boots a disk in QEMU and waits until the guest has reported and powered itself off.
 *
 * @throws {GuestError} if it reports a failure, powers off without its marker, or takes longer than
 *   `timeoutMs` (120 s unless told): QEMU is then killed.
 */
export const bootGuest = async (options: BootOptions): Promise<BootReport> => {
  const started = performance.now();
  const child = spawn('qemu-system-x86_64', argumentsFor(options), {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let serial = '';
  let complaints = '';
  const marker = options.marker ?? 'NACRE-GUEST-OK';
  let isEnough = false;
  const photograph = photographer(options);
  const press = keyPresser(options.keys ?? [], (keys) => child.stdin.write(keys));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    serial += text;
    press(serial);
    photograph(serial);
    if (options.untilMarker !== true || !hasMarker(serial, marker)) return;
    isEnough = true;
    child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 120_000);
  const status = await ended(child).finally(() => clearTimeout(timer));
  if (isLate) throw new GuestError('the guest did not power off in time', serial);
  if (status !== 0 && !isEnough)
    throw new GuestError(`QEMU ended with ${status}: ${complaints}`, serial);
  if (!hasMarker(serial, marker))
    throw new GuestError(`the guest powered off without ${marker}`, serial);
  return { serial, values: valuesOf(serial), seconds: (performance.now() - started) / 1000 };
};

/** A fresh copy of the guest disk, with the values that its guest has to report. A small one holds no whole Debian. */
export const makeGuestDisk = (
  disk: string,
  kind: 'debian' | 'small' = 'debian',
): ReadonlyMap<string, string> => {
  const words = [...(kind === 'small' ? ['--small'] : []), path.resolve(disk)];
  const made = spawnSync(path.join(ROOT, 'scripts/make-guest-disk'), words, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`scripts/make-guest-disk failed: ${made.stderr}`);
  return new Map(
    made.stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [key = '', value = ''] = line.split(' ');
        return [key, value] as const;
      }),
  );
};

/** The expected values that a guest did not report, as phrases; empty when it is whole. */
export const missingFrom = (
  report: BootReport,
  expected: ReadonlyMap<string, string>,
): readonly string[] =>
  [...expected]
    .filter(([key, value]) => report.values.get(key) !== value)
    .map(([key, value]) => `${key}: expected ${value}, reported ${report.values.get(key)}`);
