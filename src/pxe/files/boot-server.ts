/** The server as machines that boot are told about it: checked words, which no script can take for anything else. */

/** One of our addresses, and what belongs to it. */
export interface BootServer {
  /** IPv4, for TFTP. */
  readonly address: string;
  /** Port of the boot files by HTTP. */
  readonly httpPort: number;
  /** Where Merlin asks for its order and reports: `http://…` or `https://…`, without a slash at the end. */
  readonly merlin: string;
  /** SHA-256 of the public key in the server's certificate (SPKI, DER), 64 hex digits; for `https`. */
  readonly pin: string | undefined;
}

const ADDRESS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** Neither blanks nor what iPXE, GRUB or a kernel's command line would take apart. */
const URL_WORD = /^https?:\/\/[A-Za-z0-9._-]{1,253}(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/;
const PIN = /^[0-9a-f]{64}$/;
const MOST_URL = 300;

const isAddress = (text: string): boolean =>
  (ADDRESS.exec(text)?.slice(1) ?? ['256']).every((part) => Number(part) <= 255);

const checked = (what: string, value: string, isRight: boolean): string => {
  if (!isRight) throw new RangeError(`a script cannot be told ${what} "${value}"`);
  return value;
};

/** Address of the boot files: `http://192.0.2.10:8080`. @throws RangeError for what is no address */
export const filesUrl = ({ address, httpPort }: BootServer): string => {
  checked('the address', address, isAddress(address));
  const isPort = Number.isInteger(httpPort) && httpPort > 0 && httpPort < 65536;
  checked('the port', String(httpPort), isPort);
  return httpPort === 80 ? `http://${address}` : `http://${address}:${httpPort}`;
};

/** Where files are by TFTP. @throws RangeError for what is no address */
export const tftpAddress = ({ address }: BootServer): string =>
  checked('the address', address, isAddress(address));

/** What Merlin is told on its kernel's command line; nothing of it is secret. @throws RangeError */
export const merlinWords = ({ merlin, pin }: BootServer): readonly string[] => {
  checked('the server', merlin, URL_WORD.test(merlin) && merlin.length <= MOST_URL);
  const server = `nacre.server=${merlin}`;
  if (pin === undefined) return [server];
  return [server, `nacre.pin=${checked('the pin', pin, PIN.test(pin))}`];
};

/** Every network start of Merlin has these. */
export const MERLIN_CONSOLE = 'console=ttyS0,115200 console=tty0 quiet panic=10 nacre.why=network';
