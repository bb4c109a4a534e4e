/** A job in words: what it does, and how far it is. */
import { isOpen, type JobState } from '../../job/job-states.ts';
import type { Tone } from '../parts/tone.ts';
import { Badge, Bytes, ShortId } from '../parts/values.tsx';
import { hashOf } from '../place/parse-place.ts';
import { sentenceText } from '../texts/failures.ts';
import { text, textOr } from '../texts/language.ts';
import type { Job } from './job-types.ts';

const TONES: Readonly<Partial<Record<JobState, Tone>>> = {
  done: 'good',
  failed: 'bad',
  lost: 'bad',
  cancelled: 'calm',
  planned: 'calm',
  queued: 'calm',
};

export const JobStateBadge = ({ state }: { readonly state: JobState }) => (
  <Badge tone={TONES[state] ?? 'busy'}>{text(`job-state.${state}`)}</Badge>
);

/** BI, PI, or both, as the seed calls them. */
export const JobKind = ({ kind }: { readonly kind: string }) => (
  <span>{textOr(`job-kind.${kind}`, kind)}</span>
);

/** The image with its version. A capture has none before it is done, and its image may not be there yet. */
export const JobImage = ({ image, version }: Pick<Job, 'image' | 'version'>) =>
  version === '' ? (
    <span>{image}</span>
  ) : (
    <>
      <a href={hashOf(['packages', image])}>{image}</a> <ShortId id={version} />
    </>
  );

/** Verified bytes of all; nothing where there is no number yet, or none any more. */
export const JobProgress = ({
  job: { state, doneBytes, totalBytes, deviceName },
}: {
  readonly job: Pick<Job, 'state' | 'doneBytes' | 'totalBytes' | 'deviceName'>;
}) =>
  !isOpen(state) || totalBytes === 0 ? null : (
    <span class="progress">
      <progress
        value={Math.min(doneBytes, totalBytes)}
        max={totalBytes}
        aria-label={text('job.progress-of', { name: deviceName })}
      />
      <span class="muted">
        <Bytes bytes={doneBytes} /> / <Bytes bytes={totalBytes} />
      </span>
    </span>
  );

/** Why it is where it is: the code and the words of the device or the manager. */
export const JobReason = ({ code, message }: Pick<Job, 'code' | 'message'>) =>
  code === null && message === '' ? null : (
    <div class="reason">
      {sentenceText(code, message)} {code !== null && <code>{code}</code>}
    </div>
  );
