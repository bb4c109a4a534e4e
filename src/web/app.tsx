/** The console: who is not logged in sees the login, everybody else the page of the address. */
import { useEffect, useState } from 'preact/hooks';
import { startLive } from './api/live.ts';
import { type Refusal, refusalOf } from './api/refusal.ts';
import { Frame } from './frame.tsx';
import { Page } from './page.tsx';
import { ProblemBox } from './parts/problem.tsx';
import { LoginPage } from './session/login.tsx';
import { readSession, session } from './session/session.ts';
import { text } from './texts/language.ts';

/** A session may end while nobody asks for anything. */
const LOOK_MS = 60_000;

const useSession = (): Refusal | undefined => {
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  useEffect(() => {
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        await readSession();
        setRefusal(undefined);
      } catch (reason) {
        setRefusal(refusalOf(reason));
      }
    };
    void look();
    const onShown = (): void => void look();
    const timer = setInterval(onShown, LOOK_MS);
    document.addEventListener('visibilitychange', onShown);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onShown);
    };
  }, []);
  return refusal;
};

export const App = () => {
  const refusal = useSession();
  const current = session.value;
  const isIn = typeof current === 'object';
  useEffect(() => (isIn ? startLive() : undefined), [isIn]);
  if (current === 'unknown')
    return refusal === undefined ? (
      <p class="loading muted">{text('loading')}</p>
    ) : (
      <main class="login">
        <ProblemBox refusal={refusal} />
      </main>
    );
  if (current === undefined) return <LoginPage />;
  return (
    <Frame session={current}>
      <ProblemBox refusal={refusal} />
      <Page />
    </Frame>
  );
};
