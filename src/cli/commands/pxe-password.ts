/** `nacre pxe password`: the administrator's password of the menu, as its hash for the policy. */
import { serializePasswordHash } from '../../codec/password-hash.ts';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { readHiddenLine } from '../hidden-line.ts';
import type { Phrase } from '../language.ts';
import { readPasswordFile, typeable } from '../password-file.ts';
import type { Session } from '../session.ts';

const OPTION = '--password-file';
const ASK: Phrase = {
  en: 'Password of the administrator (it is not shown):',
  ja: '管理者パスワード(表示されません):',
};
const AGAIN: Phrase = { en: 'Once more:', ja: 'もう一度:' };
const WHERE: Phrase = {
  en: 'Write this line below [menu] in the policy; who starts a device needs the password itself.',
  ja: 'この行をポリシーの [menu] の下に書いてください。端末で入力するのはパスワードそのものです。',
};

const askOnce = async (session: Session, question: Phrase): Promise<string> => {
  const { signal, edge } = session;
  const ask = (): void => session.warn(session.text(question));
  const answer = await readHiddenLine([edge.stdin], { signal, ask });
  if (answer !== undefined) return answer.line;
  throw new NacreError('CANCELLED', { phase: 'password' });
};

/** Typed twice: nobody sees what he types. @throws NacreError CLI_BAD_VALUE, CANCELLED */
const askPassword = async (session: Session): Promise<string> => {
  const { stdin } = session.edge;
  if (!stdin.isTTY)
    throw new NacreError('CLI_BAD_VALUE', {
      ...{ what: OPTION, value: '', expected: 'given where there is no terminal to ask at' },
    });
  const what = session.text({ en: 'the password', ja: 'パスワード' });
  const password = typeable(what, await askOnce(session, ASK), '…');
  if (password === (await askOnce(session, AGAIN))) return password;
  throw new NacreError('CLI_BAD_VALUE', { what, value: '…', expected: 'the same both times' });
};

const makePassword = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const password =
    (await readPasswordFile(OPTION, call.text('passwordFile'))) ?? (await askPassword(session));
  const { hashPassword } = await import('../../disk/password-hash.ts');
  const hash = serializePasswordHash(await hashPassword(password));
  session.note(session.text(WHERE));
  return { json: { hash }, text: `password = "${hash}"\n` };
};

export const PASSWORD: CommandSpec = {
  name: 'password',
  summary: {
    en: "hash of the administrator's password, for the menu of devices",
    ja: '端末のメニュー用管理者パスワードのハッシュを作成',
  },
  details: {
    en: "Prints the line for [menu] in the policy: PBKDF2 with HMAC-SHA-512 in GRUB's form, never the password. What grub-mkpasswd-pbkdf2 prints may stand there too.",
    ja: 'ポリシーの [menu] に書く行(GRUB 形式の PBKDF2-HMAC-SHA-512)を表示します。パスワード自体は書きません。grub-mkpasswd-pbkdf2 の出力も使えます。',
  },
  options: [
    {
      flags: '--password-file <FILE>',
      text: {
        en: 'file whose first line is the password (default: asked for)',
        ja: '1行目がパスワードのファイル(既定: 入力を求める)',
      },
    },
  ],
  example: 'nacre pxe password --password-file menu-password.txt',
  run: makePassword,
};
