/** Whom network boot services answer that take their policy from this manager. */
import { ask } from '../api/ask.ts';
import { useAnswer } from '../api/use-answer.ts';
import { Choice } from '../parts/field.tsx';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { Fact, Facts } from '../parts/values.tsx';
import { mayAdministrate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { BOOT_ANSWERS, type BootSettings } from './setting-types.ts';

const PATH = '/network-boot/settings';

export const BootSettingsCard = () => {
  const { answer, refusal, reload } = useAnswer<BootSettings>({
    path: PATH,
    isAbout: ({ kind, subject }) => kind === 'manager' && subject === 'network-boot',
  });
  return (
    <section class="card">
      <h2>{text('settings.boot')}</h2>
      <p class="muted">{text('settings.boot-about')}</p>
      <ProblemBox refusal={refusal} />
      {answer && !mayAdministrate.value && (
        <Facts>
          <Fact name={text('settings.boot-answer')}>{text(`boot-answer.${answer.answer}`)}</Fact>
        </Facts>
      )}
      {answer && mayAdministrate.value && (
        <Form
          key={answer.answer}
          action={text('dialog.save')}
          onSend={async (fields) => {
            const body = { answer: fieldOf(fields, 'answer') };
            await ask<BootSettings>({ method: 'PUT', path: PATH, body });
            say(text('settings.done'));
            reload();
          }}
        >
          <Choice label={text('settings.boot-answer')} name="answer" value={answer.answer}>
            {BOOT_ANSWERS.map((each) => (
              <option key={each} value={each}>
                {text(`boot-answer.${each}`)}
              </option>
            ))}
          </Choice>
        </Form>
      )}
    </section>
  );
};
