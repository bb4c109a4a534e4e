/** `nacre manager user`: users, on the data base itself: for the first start, and for who has lost a password. */
import { NacreError } from '../../errors.ts';
import type { Role } from '../../manager/identity/roles.ts';
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { readPasswordFile } from '../password-file.ts';
import { PASSWORD_FILE } from './login.ts';
import { machineActor, withGround } from './manager-places.ts';
import { DATA } from './pxe-places.ts';
import { passwordText, ROLE, usersText } from './user-words.ts';

const MOST_USERS = 500;

/** @throws NacreError CLI_BAD_VALUE */
export const roleOf = async (call: Call, otherwise?: Role): Promise<Role> => {
  const { roleSchema, ROLES } = await import('../../manager/identity/roles.ts');
  const value = call.text('role') ?? otherwise ?? '';
  const { data } = roleSchema.safeParse(value);
  if (data !== undefined) return data;
  throw new NacreError('CLI_BAD_VALUE', { what: '--role', value, expected: ROLES.join(' | ') });
};

/** @throws NacreError CLI_BAD_VALUE */
export const userNameOf = async (value: string): Promise<string> => {
  const { userName } = await import('../../manager/http/shapes/users.ts');
  if (userName.safeParse(value).success) return value;
  const expected = '1 to 64 of a-z 0-9 . _ -';
  throw new NacreError('CLI_BAD_VALUE', { what: 'NAME', value, expected });
};

/** The password of the file, or a new one, which is then shown. */
export const passwordOf = async (
  call: Call,
): Promise<{ readonly password: string; readonly isMade: boolean }> => {
  const given = await readPasswordFile('--password-file', call.text('passwordFile'));
  if (given !== undefined) return { password: given, isMade: false };
  const { makePassword } = await import('../../manager/identity/password.ts');
  return { password: makePassword(), isMade: true };
};

const list = (call: Call): Promise<Outcome> =>
  withGround(call, async (ground) => {
    const { readUsers } = await import('../../manager/identity/users.ts');
    const { items } = await readUsers(ground, { limit: MOST_USERS });
    return { json: { users: items }, text: usersText(items, call.session.language) };
  });

const add = async (call: Call): Promise<Outcome> => {
  const name = await userNameOf(call.parameter(0));
  const role = await roleOf(call, 'viewer');
  const { password, isMade } = await passwordOf(call);
  return withGround(call, async (ground) => {
    const { addUser } = await import('../../manager/identity/users.ts');
    const user = await addUser(ground, machineActor(), { name, role, password });
    const shown = isMade ? { password } : {};
    const text = isMade ? passwordText(name, password, call.session.language) : '';
    return { json: { ...user, ...shown }, text };
  });
};

const setPassword = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  const { password, isMade } = await passwordOf(call);
  return withGround(call, async (ground) => {
    const { changePassword } = await import('../../manager/identity/users.ts');
    await changePassword(ground, machineActor(), name, password);
    const shown = isMade ? { password } : {};
    const text = isMade ? passwordText(name, password, call.session.language) : '';
    return { json: { name, ...shown }, text };
  });
};

const remove = (call: Call): Promise<Outcome> =>
  withGround(call, async (ground) => {
    const { removeUser } = await import('../../manager/identity/users.ts');
    const name = call.parameter(0);
    await removeUser(ground, machineActor(), name);
    return { json: { name }, text: '' };
  });

const LIST: CommandSpec = {
  name: 'list',
  summary: {
    en: 'users of the manager on this machine',
    ja: 'この機械のマネージャーのユーザー一覧',
  },
  options: [DATA],
  example: 'nacre manager user list',
  run: list,
};

const ADD: CommandSpec = {
  name: 'add',
  parameters: '<NAME>',
  summary: { en: 'add a user', ja: 'ユーザーを追加' },
  details: {
    en: 'Without --password-file a password is made and shown once.',
    ja: '--password-file がなければパスワードを作成し、一度だけ表示します。',
  },
  options: [ROLE, PASSWORD_FILE, DATA],
  example: 'nacre manager user add kim --role operator',
  run: add,
};

const PASSWORD: CommandSpec = {
  name: 'password',
  parameters: '<NAME>',
  summary: { en: 'set a new password', ja: '新しいパスワードを設定' },
  details: {
    en: 'For who has lost theirs: needs no login, only the right to read the data folder. Sessions and tokens of the user end. Without --password-file a password is made and shown once.',
    ja: 'パスワードを忘れた場合に使用します。ログインは不要で、データフォルダーの読み取り権だけが必要です。そのユーザーのセッションとトークンは終了します。--password-file がなければパスワードを作成し、一度だけ表示します。',
  },
  options: [PASSWORD_FILE, DATA],
  example: 'nacre manager user password admin',
  run: setPassword,
};

const REMOVE: CommandSpec = {
  name: 'remove',
  parameters: '<NAME>',
  summary: { en: 'remove a user', ja: 'ユーザーを削除' },
  details: {
    en: 'Sessions and tokens of the user end. The last administrator stays.',
    ja: 'そのユーザーのセッションとトークンは終了します。最後の管理者は削除できません。',
  },
  options: [DATA],
  example: 'nacre manager user remove kim',
  run: remove,
};

export const MANAGER_USER: FamilySpec = {
  name: 'user',
  summary: {
    en: 'users, on the machine of the manager',
    ja: 'マネージャーの機械上でのユーザー管理',
  },
  commands: [LIST, ADD, PASSWORD, REMOVE],
};
