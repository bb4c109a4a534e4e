/** `nacre user`: users of a manager, over its API. */
import type { Call, CommandSpec, FamilySpec, Outcome } from '../command.ts';
import { at } from '../manager/api-path.ts';
import { CLIENT_OPTIONS, openClient } from '../manager/open-client.ts';
import { PASSWORD_FILE } from './login.ts';
import { passwordOf, roleOf, userNameOf } from './manager-user.ts';
import { passwordText, ROLE, usersText } from './user-words.ts';

const shapes = () => import('../../manager/http/shapes/users.ts');

const list = async (call: Call): Promise<Outcome> => {
  const { userShape } = await shapes();
  const users = await (await openClient(call)).list('/users', userShape);
  return { json: { users }, text: usersText(users, call.session.language) };
};

const add = async (call: Call): Promise<Outcome> => {
  const name = await userNameOf(call.parameter(0));
  const role = await roleOf(call, 'viewer');
  const { password, isMade } = await passwordOf(call);
  const body = { name, role, password };
  const { userShape } = await shapes();
  const client = await openClient(call);
  const user = await client.ask({ method: 'POST', path: '/users', body }, userShape);
  const text = isMade ? passwordText(name, password, call.session.language) : '';
  return { json: { ...user, ...(isMade ? { password } : {}) }, text };
};

const setRole = async (call: Call): Promise<Outcome> => {
  const role = await roleOf(call, undefined);
  const path = at('users', call.parameter(0));
  const { userShape } = await shapes();
  const client = await openClient(call);
  return { json: await client.ask({ method: 'PATCH', path, body: { role } }, userShape), text: '' };
};

const setPassword = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  const { password, isMade } = await passwordOf(call);
  const path = at('users', name, 'password');
  await (await openClient(call)).tell({ method: 'PUT', path, body: { password } });
  const text = isMade ? passwordText(name, password, call.session.language) : '';
  return { json: { name, ...(isMade ? { password } : {}) }, text };
};

const remove = async (call: Call): Promise<Outcome> => {
  const name = call.parameter(0);
  await (await openClient(call)).tell({ method: 'DELETE', path: at('users', name) });
  return { json: { name }, text: '' };
};

const LIST: CommandSpec = {
  name: 'list',
  summary: { en: 'users of the manager', ja: 'マネージャーのユーザー一覧' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre user list',
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
  options: [ROLE, PASSWORD_FILE, ...CLIENT_OPTIONS],
  example: 'nacre user add kim --role operator',
  run: add,
};

const SET_ROLE: CommandSpec = {
  name: 'role',
  parameters: '<NAME>',
  summary: { en: 'give a user another role', ja: 'ユーザーの権限を変更' },
  options: [ROLE, ...CLIENT_OPTIONS],
  example: 'nacre user role kim --role administrator',
  run: setRole,
};

const PASSWORD: CommandSpec = {
  name: 'password',
  parameters: '<NAME>',
  summary: { en: 'set a new password of a user', ja: 'ユーザーのパスワードを設定' },
  details: {
    en: 'Sessions and tokens of the user end. Without --password-file a password is made and shown once.',
    ja: 'そのユーザーのセッションとトークンは終了します。--password-file がなければパスワードを作成し、一度だけ表示します。',
  },
  options: [PASSWORD_FILE, ...CLIENT_OPTIONS],
  example: 'nacre user password kim',
  run: setPassword,
};

const REMOVE: CommandSpec = {
  name: 'remove',
  parameters: '<NAME>',
  summary: { en: 'remove a user', ja: 'ユーザーを削除' },
  options: [...CLIENT_OPTIONS],
  example: 'nacre user remove kim',
  run: remove,
};

export const USER_FAMILY: FamilySpec = {
  name: 'user',
  summary: { en: 'users of the manager', ja: 'マネージャーのユーザー' },
  commands: [LIST, ADD, SET_ROLE, PASSWORD, REMOVE],
};
