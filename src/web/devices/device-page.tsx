/** One device: who it is, what it says of itself, its disk, and what can be done with it. */
import { useState } from 'preact/hooks';
import { pathOf } from '../api/ask.ts';
import type { Device } from '../api/types.ts';
import { useAnswer } from '../api/use-answer.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { hashOf } from '../place/parse-place.ts';
import { go } from '../place/place.ts';
import { mayOperate } from '../session/session.ts';
import { text } from '../texts/language.ts';
import { chosenDevices } from '../updates/chosen-devices.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { type Decision, OFFERED } from './decisions.ts';
import { DescribeDialog } from './describe-dialog.tsx';
import { StateBadge } from './device-columns.tsx';
import { DeviceDisks } from './device-disks.tsx';
import { DeviceFacts } from './device-facts.tsx';
import { DeviceHistory } from './device-history.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import type { HintValue } from './hint-types.ts';
import { IgnoreHint } from './ignore-dialogs.tsx';
import { type Deed, OrderButtons } from './order-buttons.tsx';
import { useReport } from './use-report.ts';

/** Another device may have come into conflict with this one, a value may be ignored, or a group may be gone. */
const ABOUT: ReadonlySet<string> = new Set(['device', 'group', 'hint']);

type Open = Decision | 'describe' | 'forget' | undefined;

const Actions = ({ device, onDone }: { readonly device: Device; readonly onDone: () => void }) => {
  const [open, setOpen] = useState<Open>();
  const onClose = (): void => setOpen(undefined);
  const order = (what: Deed): void => {
    chosenDevices.value = [{ id: device.id, name: device.name }];
    go(['updates', what]);
  };
  return (
    <>
      {OFFERED[device.state].map((decision, index) => (
        <button
          key={decision}
          type="button"
          class={index === 0 && decision === 'approved' ? 'main' : ''}
          onClick={() => setOpen(decision)}
        >
          {text(`decide.${decision}.action`)}
        </button>
      ))}
      <OrderButtons onOrder={order} />
      <button type="button" onClick={() => setOpen('describe')}>
        {text('describe.open')}
      </button>
      <button type="button" onClick={() => setOpen('forget')}>
        {text('forget.open')}
      </button>
      {open === 'describe' && <DescribeDialog device={device} onDone={onDone} onClose={onClose} />}
      {open === 'forget' && <ForgetDialog device={device} onClose={onClose} />}
      {open !== undefined && open !== 'describe' && open !== 'forget' && (
        <DecideDialog decision={open} devices={[device]} onDone={onDone} onClose={onClose} />
      )}
    </>
  );
};

export const DevicePage = ({ id }: { readonly id: string }) => {
  const report = useReport(id);
  const [ignoring, setIgnoring] = useState<HintValue | undefined>();
  const { answer, refusal, reload } = useAnswer<Device>({
    path: pathOf('devices', id),
    isAbout: ({ kind, subject }) => subject === id || ABOUT.has(kind),
  });
  return (
    <>
      <nav class="trail" aria-label={text('trail.name')}>
        <a href={hashOf(['devices'])}>{text('devices.title')}</a>
      </nav>
      <PageHead
        title={answer?.name ?? text('device.title')}
        beside={answer && <StateBadge {...answer} />}
      >
        {answer && mayOperate.value && <Actions device={answer} onDone={reload} />}
      </PageHead>
      <ProblemBox refusal={refusal} />
      {answer && (
        <>
          <DeviceFacts
            device={answer}
            report={report.answer}
            onIgnore={mayOperate.value ? setIgnoring : undefined}
          />
          <DeviceDisks report={report} />
          <DeviceHistory id={id} />
          {ignoring && (
            <IgnoreHint of={ignoring} onDone={reload} onClose={() => setIgnoring(undefined)} />
          )}
        </>
      )}
    </>
  );
};
