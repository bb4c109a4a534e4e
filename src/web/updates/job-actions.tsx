/** Cancel a job, or try it again. */
import { useState } from 'preact/hooks';
import { canBeCancelled, next } from '../../job/job-states.ts';
import { ask, pathOf } from '../api/ask.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import type { Job } from './job-types.ts';

type Deed = 'cancel' | 'retry';

const deedsFor = ({ state, retryAt, cancelRequestedAt }: Job): readonly Deed[] => [
  ...((canBeCancelled(state) && cancelRequestedAt === null) || retryAt !== null
    ? (['cancel'] as const)
    : []),
  ...(next(state, 'retry') === undefined ? [] : (['retry'] as const)),
];

interface DeedProps {
  readonly deed: Deed;
  readonly job: Job;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const DeedDialog = ({ deed, job, onDone, onClose }: DeedProps) => (
  <Dialog title={text(`job.${deed}-title`, { name: job.deviceName })} onClose={onClose}>
    <Form
      action={text(`job.${deed}`)}
      isDanger={deed === 'cancel'}
      onCancel={onClose}
      onSend={async () => {
        const path = `${pathOf('jobs', job.id)}/${deed}`;
        const { state } = await ask<Job>({ method: 'POST', path });
        const facts = { name: job.deviceName, state: text(`job-state.${state}`) };
        // The device that has it may not have stopped yet: the state that the manager answers is what is said.
        say(text('job.now', facts));
        onDone();
        onClose();
      }}
    >
      <p>{text(`job.${deed}-about`)}</p>
    </Form>
  </Dialog>
);

export const JobActions = ({ job, onDone }: { readonly job: Job; readonly onDone: () => void }) => {
  const [open, setOpen] = useState<Deed | undefined>();
  if (!mayOperate.value) return null;
  return (
    <>
      {deedsFor(job).map((deed) => (
        <button
          key={deed}
          type="button"
          aria-label={`${text(`job.${deed}`)}: ${job.deviceName}`}
          onClick={() => setOpen(deed)}
        >
          {text(`job.${deed}`)}
        </button>
      ))}
      {open !== undefined && (
        <DeedDialog deed={open} job={job} onDone={onDone} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
};
