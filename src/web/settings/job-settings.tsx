/** How long jobs may take, and what is waited between tries. */
import { ask } from '../api/ask.ts';
import { ownProblem, Refusal } from '../api/refusal.ts';
import { useAnswer } from '../api/use-answer.ts';
import { durationText, secondsIn } from '../parts/duration.ts';
import { Field } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Fact, Facts } from '../parts/values.tsx';
import { mayAdministrate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { DEADLINES, type JobSettings, OTHERS, type SettingName } from './setting-types.ts';

const PATH = '/job-settings';
const UNREADABLE = 'CONSOLE_DURATION';

/** Those that were changed: another person may have changed the rest. @throws Refusal for what is no length of time */
const changesIn = (fields: FormData, settings: JobSettings): Partial<JobSettings> =>
  Object.fromEntries(
    [...DEADLINES, ...OTHERS].flatMap((name) => {
      const typed = fieldOf(fields, name);
      const seconds = secondsIn(typed);
      if (seconds === undefined) {
        const facts = { field: text(`settings.${name}`), typed };
        throw new Refusal(ownProblem(UNREADABLE, 0, typed, facts));
      }
      return seconds === settings[name] ? [] : [[name, seconds]];
    }),
  );

interface GroupProps {
  readonly names: readonly SettingName[];
  readonly settings: JobSettings;
}

const Fields = ({ names, settings }: GroupProps) => (
  <div class="grid">
    {names.map((name) => (
      <Field
        key={`${name} ${settings[name]}`}
        label={text(`settings.${name}`)}
        name={name}
        defaultValue={durationText(settings[name])}
        autocomplete="off"
        size={10}
        required
      />
    ))}
  </div>
);

const Values = ({ names, settings }: GroupProps) => (
  <Facts>
    {names.map((name) => (
      <Fact key={name} name={text(`settings.${name}`)}>
        {durationText(settings[name])}
      </Fact>
    ))}
  </Facts>
);

const Groups = ({ settings }: Pick<GroupProps, 'settings'>) => {
  const Group = mayAdministrate.value ? Fields : Values;
  return (
    <>
      <p class="muted">
        {text('settings.jobs-about')}
        {mayAdministrate.value && ` ${text('settings.duration-about')}`}
      </p>
      <Group names={DEADLINES} settings={settings} />
      <h3>{text('settings.others')}</h3>
      <Group names={OTHERS} settings={settings} />
    </>
  );
};

export const JobSettingsCard = () => {
  const { answer, refusal, reload } = useAnswer<JobSettings>({
    path: PATH,
    isAbout: ({ kind, subject }) => kind === 'manager' && subject === 'jobs',
  });
  return (
    <section class="card">
      <h2>{text('settings.jobs')}</h2>
      <ProblemBox refusal={refusal} />
      {answer && !mayAdministrate.value && <Groups settings={answer} />}
      {answer && mayAdministrate.value && (
        <Form
          action={text('dialog.save')}
          onSend={async (fields) => {
            const body = changesIn(fields, answer);
            if (Object.keys(body).length > 0)
              await ask<JobSettings>({ method: 'PATCH', path: PATH, body });
            say(text('settings.done'));
            reload();
          }}
        >
          <Groups settings={answer} />
        </Form>
      )}
    </section>
  );
};
