/** The administrator at Merlin's screen or serial line: his password, and why the menu stays shut. */
import type { MenuShutReason } from '../agent/order/menu-visit.ts';
import { type HiddenInput, readHiddenLine } from './hidden-line.ts';
import type { Phrase } from './language.ts';
import type { Session } from './session.ts';
import { openTerminal } from './terminal.ts';

/** Node of the screen that PID 1 gives Merlin its input from (pxe/init/main.cc). */
const SCREEN = '/dev/tty1';
/** Nobody is there any more. */
const ASKED_MS = 120_000;

const PASSWORD: Phrase = {
  en: 'Password of the administrator (it is not shown; Esc leaves):',
  ja: '管理者パスワード(表示されません。Esc で中止):',
};
const WRONG: Phrase = { en: 'That is not the password.', ja: 'パスワードが違います。' };

/** Why nothing was done. */
export const SHUT_WORDS: Readonly<Record<MenuShutReason, Phrase>> = {
  'no-password': {
    en: "the administrator's menu is shut: the policy of the server has no password. Make one there: nacre pxe password",
    ja: '管理者メニューは利用できません。サーバーのポリシーにパスワードがありません。サーバーで nacre pxe password を実行してください',
  },
  'no-image': {
    en: 'the policy of the server has no image for this machine: give it a row with action = "image"',
    ja: 'サーバーのポリシーにこの機械のイメージがありません。action = "image" の行を書いてください',
  },
  'no-shell': {
    en: 'the policy of the server allows no rescue shell: rescue-shell = true below [menu] does',
    ja: 'サーバーのポリシーがシェルを許可していません。[menu] に rescue-shell = true を書いてください',
  },
  'no-server': {
    en: "the administrator's menu is shut: no password was made for this disk (nacre disk apply --menu-password-file), and no server with a pin is there to check one",
    ja: '管理者メニューは利用できません。このディスクにはパスワードがなく(nacre disk apply --menu-password-file)、確認できる pin 付きのサーバーもありません',
  },
  wrong: {
    en: 'three times the wrong password: this machine goes back to its disk',
    ja: 'パスワードを 3 回間違えました。ディスクからの起動に戻ります',
  },
  'too-many': {
    en: 'the server looks at no password for now, because too many were wrong: this machine goes back to its disk',
    ja: '誤りが多いためサーバーは現在パスワードを確認しません。ディスクからの起動に戻ります',
  },
  left: {
    en: 'no password was typed: this machine goes back to its disk',
    ja: 'パスワードが入力されませんでした。ディスクからの起動に戻ります',
  },
};

/** Where somebody may sit. */
export class MerlinTerminals implements Disposable {
  readonly #session: Session;
  readonly #path: string;
  #serial: ReturnType<typeof openTerminal>;
  #used: string | undefined;

  /** @param serial node of the serial line; empty for none */
  constructor(session: Session, serial: string) {
    this.#session = session;
    this.#path = serial;
  }

  /** The node of the terminal at which the last line was typed. */
  get used(): string {
    return this.#used ?? SCREEN;
  }

  /**
   * Says something and waits for a line that is not shown.
   *
   * @returns undefined when nobody types one within `mostMs`
   */
  async readLine(mostMs: number, text: string): Promise<string | undefined> {
    const { edge } = this.#session;
    if (this.#path !== '') this.#serial ??= openTerminal(this.#path);
    const inputs: readonly HiddenInput[] = [
      edge.stdin,
      ...(this.#serial === undefined ? [] : [this.#serial.input]),
    ];
    // Not AbortSignal.timeout: Node 20 forgets one that only AbortSignal.any knows of, and it never comes.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), mostMs);
    const signal = AbortSignal.any([this.#session.signal, late.signal]);
    const ask = (): void => this.#session.warn(text);
    const answer = await readHiddenLine(inputs, { signal, ask }).finally(() => clearTimeout(timer));
    if (answer === undefined) return undefined;
    this.#used = answer.input === edge.stdin ? SCREEN : this.#serial?.path;
    return answer.line;
  }

  /** Asks for the password. */
  async askPassword(isWrong: boolean): Promise<string | undefined> {
    const session = this.#session;
    const question = session.text(PASSWORD);
    return this.readLine(ASKED_MS, isWrong ? `${session.text(WRONG)}\n${question}` : question);
  }

  /** Leaves all of them to somebody else, whose keys would be taken away otherwise. */
  release(): void {
    this.#serial?.close();
    this.#serial = undefined;
    this.#session.edge.stdin.destroy();
  }

  [Symbol.dispose](): void {
    this.#serial?.close();
  }
}
