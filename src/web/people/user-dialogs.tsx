/** What administrators do with users. */
import { ask, pathOf, tell } from '../api/ask.ts';
import type { Role, User } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { text } from '../texts/language.ts';

export const ROLES: readonly Role[] = ['viewer', 'operator', 'administrator'];

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}
type OfUser = DialogProps & { readonly user: User };

const over = ({ onDone, onClose }: DialogProps, line: string): void => {
  say(line);
  onDone();
  onClose();
};

const RoleChoice = ({ value }: { readonly value: Role }) => (
  <Choice label={text('user.role')} name="role" value={value}>
    {ROLES.map((role) => (
      <option key={role} value={role}>
        {text(`role.${role}`)} · {text(`role.${role}-may`)}
      </option>
    ))}
  </Choice>
);

const NewPassword = () => (
  <Field
    label={text('user.new-password')}
    name="password"
    type="password"
    autocomplete="new-password"
    about={text('user.password-about')}
    required
  />
);

/** A password may begin or end with a blank. */
const passwordOf = (fields: FormData): string => String(fields.get('password') ?? '');

export const AddUser = (props: DialogProps) => (
  <Dialog title={text('user.add')} onClose={props.onClose}>
    <Form
      action={text('user.add')}
      onCancel={props.onClose}
      onSend={async (fields) => {
        const [name, role] = [fieldOf(fields, 'name'), fieldOf(fields, 'role')];
        const body = { name, role, password: passwordOf(fields) };
        await ask<User>({ method: 'POST', path: '/users', body });
        over(props, text('user.added', { name }));
      }}
    >
      <Field
        label={text('user.name')}
        name="name"
        about={text('group.name-about')}
        autocomplete="off"
        autocapitalize="none"
        required
        autoFocus
      />
      <RoleChoice value="viewer" />
      <NewPassword />
    </Form>
  </Dialog>
);

export const ChangeRole = ({ user, ...props }: OfUser) => (
  <Dialog title={text('user.role-title', { name: user.name })} onClose={props.onClose}>
    <Form
      action={text('dialog.save')}
      onCancel={props.onClose}
      onSend={async (fields) => {
        const body = { role: fieldOf(fields, 'role') };
        await ask<User>({ method: 'PATCH', path: pathOf('users', user.name), body });
        over(props, text('user.role-done', { name: user.name }));
      }}
    >
      <RoleChoice value={user.role} />
    </Form>
  </Dialog>
);

export const SetPassword = ({ user, ...props }: OfUser) => (
  <Dialog title={text('user.password-title', { name: user.name })} onClose={props.onClose}>
    <Form
      action={text('dialog.save')}
      onCancel={props.onClose}
      onSend={async (fields) => {
        const path = `${pathOf('users', user.name)}/password`;
        await tell({ method: 'PUT', path, body: { password: passwordOf(fields) } });
        over(props, text('user.password-done', { name: user.name }));
      }}
    >
      <p>{text('user.password-ends')}</p>
      <NewPassword />
    </Form>
  </Dialog>
);

export const RemoveUser = ({ user, ...props }: OfUser) => (
  <Dialog title={text('user.remove-title', { name: user.name })} onClose={props.onClose}>
    <Form
      action={text('remove')}
      isDanger
      onCancel={props.onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOf('users', user.name) });
        over(props, text('user.removed', { name: user.name }));
      }}
    >
      <p>{text('user.remove-about')}</p>
    </Form>
  </Dialog>
);
