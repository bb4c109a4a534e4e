/** Autogenic Capable: Yes or No, which operators change; what the manager says against it is shown where it was tried. */
import { useState } from 'preact/hooks';
import { ask, pathOf } from '../api/ask.ts';
import type { Refusal } from '../api/refusal.ts';
import type { Package } from '../api/types.ts';
import { attempt } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';

interface SwitchProps {
  readonly of: Package;
  readonly onDone: () => void;
}

export const AutogenicSwitch = ({ of: { name, isAutogenic }, onDone }: SwitchProps) => {
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const [isBusy, setBusy] = useState(false);
  const word = text(isAutogenic ? 'yes' : 'no');
  if (!mayOperate.value) return <span>{word}</span>;
  const change = async (): Promise<void> => {
    setBusy(true);
    setRefusal(
      await attempt(async () => {
        const body = { isAutogenic: !isAutogenic };
        const after = await ask<Package>({
          method: 'PATCH',
          path: pathOf('packages', name),
          body,
        });
        say(text(after.isAutogenic ? 'autogenic.on' : 'autogenic.off', { name }));
      }),
    );
    onDone();
    setBusy(false);
  };
  return (
    <>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={isAutogenic}
        aria-label={text('autogenic.of', { name })}
        disabled={isBusy}
        onClick={() => void change()}
      >
        {word}
      </button>
      <ProblemBox refusal={refusal} />
    </>
  );
};
