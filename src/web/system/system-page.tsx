/** The manager itself: release, pin, health, and where to read on. */
import { useEffect, useState } from 'preact/hooks';
import { isLive } from '../api/live.ts';
import type { Health, ManagerFacts } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Badge, Fact, Facts, Nothing, Secret, Time } from '../parts/values.tsx';
import { text } from '../texts/language.ts';

const EVERY_MS = 15_000;

/** Asks again and again: nobody is told when a manager is not well. */
const useHealth = (): Health | undefined => {
  const [health, setHealth] = useState<Health | undefined>();
  useEffect(() => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const response = await fetch('/health/ready', { signal: stop.signal });
        setHealth(await response.json());
      } catch {
        if (!stop.signal.aborted) setHealth({ status: 'failed', checks: [] });
      }
    };
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, []);
  return health;
};

const HealthOf = ({ health }: { readonly health: Health | undefined }) => {
  if (health === undefined) return <Nothing />;
  const isGood = health.status === 'ok';
  return (
    <>
      <Badge tone={isGood ? 'good' : 'bad'}>{text(isGood ? 'health.ok' : 'health.failed')}</Badge>
      {health.checks.map(({ name, code }) => (
        <span key={name} class="fact">
          <span class="muted">{name}</span> <code>{code}</code>
        </span>
      ))}
    </>
  );
};

const LINKS = [
  ['/api/docs', 'system.api'],
  ['/api/v1/openapi.json', 'system.openapi'],
  ['/licences.txt', 'system.licences'],
] as const;

export const SystemPage = () => {
  const { answer, refusal } = useAnswer<ManagerFacts>({ path: '/manager' });
  const health = useHealth();
  return (
    <>
      <PageHead title={text('system.title')} />
      <ProblemBox refusal={refusal} />
      <section class="card">
        <Facts>
          <Fact name={text('system.release')}>{answer?.release ?? <Nothing />}</Fact>
          <Fact name={text('system.started')}>
            {answer === undefined ? <Nothing /> : <Time at={answer.startedAt} />}
          </Fact>
          <Fact name={text('system.data-base')}>
            {answer === undefined ? <Nothing /> : text(`data-base.${answer.dataBase}`)}
          </Fact>
          <Fact name={text('system.health')}>
            <HealthOf health={health} />
          </Fact>
          <Fact name={text('system.live')}>
            <Badge tone={isLive.value ? 'good' : 'warn'}>
              {text(isLive.value ? 'live.on' : 'live.off')}
            </Badge>
          </Fact>
        </Facts>
      </section>
      {answer !== undefined && (
        <section class="card">
          <h2>{text('system.pin')}</h2>
          <p class="muted">{text('system.pin-about')}</p>
          <Secret label={text('system.pin')} value={answer.pin} />
          <p class="muted">{text('system.login-about')}</p>
          <Secret
            label={text('system.login')}
            value={`nacre login --server ${location.origin} --pin ${answer.pin}`}
          />
        </section>
      )}
      <section class="card">
        <h2>{text('system.more')}</h2>
        <ul>
          {LINKS.map(([href, key]) => (
            <li key={href}>
              <a href={href}>{text(key)}</a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
};
