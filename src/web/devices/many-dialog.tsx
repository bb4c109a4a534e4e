/** Does one thing to many devices, and says of each that the manager refused why. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Device } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { text } from '../texts/language.ts';
import { forEachDevice, type Outcomes } from './for-each.ts';

interface ManyProps {
  readonly title: string;
  readonly action: string;
  readonly devices: readonly Device[];
  readonly isDanger?: boolean;
  readonly isBlocked?: boolean;
  readonly run: (device: Device) => Promise<void>;
  /** Of the number of devices that it was done to. */
  readonly doneText: (count: number) => string;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

const Refused = ({
  refused,
  onClose,
}: Pick<Outcomes, 'refused'> & { readonly onClose: () => void }) => (
  <>
    <ul class="outcomes">
      {refused.map(({ device, refusal }) => (
        <li key={device.id}>
          <strong>{device.name}</strong>
          <ProblemBox refusal={refusal} />
        </li>
      ))}
    </ul>
    <div class="buttons">
      <button type="button" onClick={onClose}>
        {text('dialog.close')}
      </button>
    </div>
  </>
);

export const ManyDialog = (props: ManyProps) => {
  const { title, action, devices, run, doneText, onDone, onClose, children } = props;
  const [over, setOver] = useState(0);
  const [outcomes, setOutcomes] = useState<Outcomes | undefined>();
  const send = async (): Promise<void> => {
    const found = await forEachDevice(devices, run, setOver);
    if (found.done.length > 0) say(doneText(found.done.length));
    onDone();
    if (found.refused.length === 0) onClose();
    else setOutcomes(found);
  };
  return (
    <Dialog title={title} onClose={onClose} isWide>
      {outcomes !== undefined ? (
        <Refused refused={outcomes.refused} onClose={onClose} />
      ) : (
        <Form
          action={action}
          isDanger={props.isDanger ?? false}
          isBlocked={props.isBlocked ?? false}
          onSend={send}
          onCancel={onClose}
        >
          {children}
          {over > 0 && devices.length > 1 && (
            <progress
              value={over}
              max={devices.length}
              aria-label={text('many.progress', { over, count: devices.length })}
            />
          )}
        </Form>
      )}
    </Dialog>
  );
};
