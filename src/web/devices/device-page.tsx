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
import { useReport } from './use-report.ts';

type Open = Decision | 'describe' | 'forget' | undefined;

const Actions = ({ device, onDone }: { readonly device: Device; readonly onDone: () => void }) => {
  const [open, setOpen] = useState<Open>();
  const onClose = (): void => setOpen(undefined);
  const update = (): void => {
    chosenDevices.value = [{ id: device.id, name: device.name }];
    go(['updates', 'new']);
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
      <button type="button" onClick={update}>
        {text('chosen.update')}
      </button>
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
  const { answer, refusal, reload } = useAnswer<Device>({
    path: pathOf('devices', id),
    // Another device may have come into conflict with this one, or a group may be gone.
    isAbout: ({ kind, subject }) => subject === id || kind === 'group' || kind === 'device',
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
          <DeviceFacts device={answer} report={report.answer} />
          <DeviceDisks report={report} />
          <DeviceHistory id={id} />
        </>
      )}
    </>
  );
};
