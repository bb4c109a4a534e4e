/**
 * Runs an iPXE script as iPXE 1.0.0+git-20190125 does (src/core/exec.c, src/image/script.c, src/usr/prompt.c,
 * src/hci/commands/nvo_cmd.c, src/hci/tui/menu_ui.c there): commands joined by `&&`, `||` and `;`, settings put in after words are parted, a script that
 * ends at the first line that fails. A command or option that this version does not have is an error of the test.
 */

/** What a person does at one question: a key, an item of a menu, or nothing until the time is over. */
export type Press = { readonly key: string } | { readonly item: string } | 'nothing';

export interface IpxeRun {
  /** `pcbios` or `efi`. */
  readonly platform: 'pcbios' | 'efi';
  /** Answers to the questions, in their order; nothing for those that follow. */
  readonly presses?: readonly Press[];
  /** Commands that fail. */
  readonly failing?: readonly string[];
}

export interface IpxeEnd {
  /** How it ended: `exit`, `exit 1`, `boot`, `chain URL`, or `failed: LINE`. */
  readonly end: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Lines that were shown, and questions. */
  readonly shown: readonly string[];
}

const ESC = '0x1b';

interface Item {
  readonly key: string | undefined;
  readonly label: string;
}

interface Command {
  readonly words: readonly string[];
  /** Whether it runs after one that succeeded or failed. */
  readonly isWanted: (isRight: boolean) => boolean;
}

const JOINS: Readonly<Record<string, Command['isWanted']>> = {
  '&&': (isRight) => isRight,
  '||': (isRight) => !isRight,
  ';': () => true,
};

/** The commands of a line; a word that begins with `#` ends it. */
const commandsOf = (line: string): readonly Command[] => {
  const tokens = line.split(/\s+/).filter((word) => word !== '');
  const comment = tokens.findIndex((token) => token.startsWith('#'));
  const commands: { words: string[]; isWanted: Command['isWanted'] }[] = [
    { words: [], isWanted: () => true },
  ];
  for (const token of comment < 0 ? tokens : tokens.slice(0, comment)) {
    const isWanted = JOINS[token];
    if (isWanted === undefined) commands.at(-1)?.words.push(token);
    else commands.push({ words: [], isWanted });
  }
  return commands;
};

class Machine {
  readonly shown: string[] = [];
  kernel = '';
  initrd = '';
  end: string | undefined;
  readonly #lines: readonly string[];
  readonly #settings: Map<string, string>;
  readonly #presses: Press[];
  readonly #failing: ReadonlySet<string>;
  #at = 0;
  #items: Item[] = [];

  constructor(script: string, { platform, presses = [], failing = [] }: IpxeRun) {
    this.#lines = script.split('\n');
    if (this.#lines[0] !== '#!ipxe') throw new TypeError('no script of iPXE');
    this.#settings = new Map([['platform', platform]]);
    this.#presses = [...presses];
    this.#failing = new Set(failing);
  }

  run(): IpxeEnd {
    for (let steps = 0; this.end === undefined; steps++) {
      if (steps > 1000) throw new RangeError('the script runs for ever');
      const line = this.#lines[this.#at++];
      if (line === undefined) this.end = 'end of the script';
      else if (!this.#line(line.replace(/^\s*:\S*\s*/, ''))) this.end ??= `failed: ${line}`;
    }
    const { end, kernel, initrd, shown } = this;
    return { end, kernel, initrd, shown };
  }

  #line(line: string): boolean {
    let isRight = true;
    for (const { words, isWanted } of commandsOf(line)) {
      if (!isWanted(isRight)) continue;
      isRight = this.#command(words.map((word) => this.#expand(word)));
      if (this.end !== undefined) break;
    }
    return isRight;
  }

  #expand(word: string): string {
    return word.replace(/\$\{([^}]*)\}/g, (_, name: string) => this.#settings.get(name) ?? '');
  }

  #command([name, ...words]: readonly string[]): boolean {
    if (name !== undefined && this.#failing.has(name)) return false;
    switch (name) {
      case undefined:
      case 'imgfree':
        return true;
      case 'echo':
        this.shown.push(words.join(' '));
        return true;
      case 'prompt':
        return this.#prompt(words);
      case 'goto':
        return this.#goto(words);
      case 'iseq':
        return words[0] === words[1];
      case 'set':
        this.#settings.set((words[0] ?? '').replace(/:int32$/, ''), words.slice(1).join(' '));
        return true;
      case 'inc':
        return this.#increase(words);
      case 'menu':
        this.shown.push(words.join(' '));
        this.#items = [];
        return true;
      case 'item':
        return this.#item(words);
      case 'choose':
        return this.#choose(words);
      default:
        return this.#load(name, words);
    }
  }

  #load(name: string, words: readonly string[]): boolean {
    if (name === 'kernel') this.kernel = words.join(' ');
    else if (name === 'initrd') this.initrd = words.join(' ');
    else if (['exit', 'boot', 'chain'].includes(name)) this.end = [name, ...words].join(' ');
    else throw new TypeError(`iPXE has no command ${name}`);
    return true;
  }

  #increase([name = '']: readonly string[]): boolean {
    const value = Number(this.#settings.get(name));
    if (!Number.isInteger(value)) throw new TypeError(`${name} is no number`);
    this.#settings.set(name, String(value + 1));
    return true;
  }

  /** Values of the options that a command has; each takes one. */
  #options(words: readonly string[], known: readonly string[]): [Map<string, string>, string[]] {
    const found = new Map<string, string>();
    let at = 0;
    for (; words[at]?.startsWith('--'); at += 2) {
      const option = words[at] ?? '';
      if (!known.includes(option)) throw new TypeError(`iPXE has no option ${option} here`);
      found.set(option, words[at + 1] ?? '');
    }
    return [found, words.slice(at)];
  }

  #prompt(words: readonly string[]): boolean {
    const [options, text] = this.#options(words, ['--key', '--timeout']);
    if (!/^\d+$/.test(options.get('--timeout') ?? ''))
      throw new TypeError('a prompt without an end');
    if (text.join(' ').length > 78) throw new RangeError('a prompt that does not fit a line');
    if (text.length > 0) this.shown.push(text.join(' '));
    const press = this.#presses.shift() ?? 'nothing';
    if (press === 'nothing') return false;
    if (!('key' in press)) throw new TypeError('a prompt has no items');
    return !options.has('--key') || options.get('--key') === press.key;
  }

  #goto([label]: readonly string[]): boolean {
    const at = this.#lines.findIndex((line) => /^\s*:(\S*)/.exec(line)?.[1] === label);
    if (at < 0) throw new TypeError(`no label ${label}`);
    this.#at = at;
    return true;
  }

  #item(words: readonly string[]): boolean {
    const [options, [label, ...text]] = this.#options(words, ['--key']);
    if (label === undefined) throw new TypeError('an item without a label');
    this.shown.push(`  ${text.join(' ')}`);
    this.#items.push({ key: options.get('--key'), label });
    return true;
  }

  #choose(words: readonly string[]): boolean {
    const [options, [setting]] = this.#options(words, ['--default', '--timeout']);
    const press = this.#presses.shift() ?? 'nothing';
    const chosen = this.#chosen(press, options);
    if (chosen === undefined || setting === undefined) return false;
    this.#settings.set(setting, chosen);
    return true;
  }

  #chosen(press: Press, options: ReadonlyMap<string, string>): string | undefined {
    if (press === 'nothing') {
      if (!options.has('--timeout')) throw new TypeError('a menu without an end');
      return options.get('--default');
    }
    if ('key' in press && press.key === ESC) return undefined;
    const item = this.#items.find(({ key, label }) =>
      'key' in press ? key === press.key : label === press.item,
    );
    if (item === undefined) throw new TypeError(`no such item: ${JSON.stringify(press)}`);
    return item.label;
  }
}

/** Runs a script to its end. @throws TypeError for what this iPXE does not know */
export const runIpxeScript = (script: string, run: IpxeRun): IpxeEnd =>
  new Machine(script, run).run();
