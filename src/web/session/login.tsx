/** The page for whoever is not logged in. */
import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from '../api/refusal.ts';
import { Field } from '../parts/field.tsx';
import { attempt, fieldOf } from '../parts/form.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { text } from '../texts/language.ts';
import { LanguageChoice } from './language-choice.tsx';
import { logIn, sessionEnd } from './session.ts';

/** Counts the seconds down that the manager wants to be left alone. */
const useWait = (refusal: Refusal | undefined): number => {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = Number(refusal?.problem.facts['seconds'] ?? 0);
    const endMs = Date.now() + seconds * 1000;
    const look = (): void => setLeft(Math.max(0, Math.ceil((endMs - Date.now()) / 1000)));
    look();
    if (seconds === 0) return;
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }, [refusal]);
  return left;
};

export const LoginPage = () => {
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const [isBusy, setBusy] = useState(false);
  const wait = useWait(refusal);
  const end = sessionEnd.value;
  const send = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    setBusy(true);
    const refused = await attempt(() =>
      logIn(fieldOf(fields, 'user'), String(fields.get('password') ?? '')),
    );
    setRefusal(refused);
    setBusy(false);
    if (refused !== undefined) form.querySelector<HTMLInputElement>('[type=password]')?.select();
  };
  useEffect(() => {
    document.title = `${text('login.title')} · Nacre`;
  });
  return (
    <main class="login">
      <h1>
        <img src="/icon.svg" alt="" width="32" height="32" /> Nacre
      </h1>
      {end !== undefined && <p role="status">{text(`login.${end}`)}</p>}
      <form
        aria-busy={isBusy}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy && wait === 0) void send(event.currentTarget);
        }}
      >
        <Field
          label={text('login.user')}
          name="user"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          autoFocus
        />
        <Field
          label={text('login.password')}
          name="password"
          type="password"
          autocomplete="current-password"
          required
        />
        <ProblemBox refusal={refusal} />
        <button type="submit" class="main" disabled={isBusy || wait > 0}>
          {wait > 0 ? text('login.wait', { seconds: wait }) : text('login.go')}
        </button>
      </form>
      <LanguageChoice />
    </main>
  );
};
