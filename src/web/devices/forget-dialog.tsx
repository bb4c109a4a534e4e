/** Removes a device from the manager. */
import { pathOf, tell } from '../api/ask.ts';
import type { Device } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { go } from '../place/place.ts';
import { text } from '../texts/language.ts';

interface ForgetProps {
  readonly device: Device;
  readonly onClose: () => void;
}

export const ForgetDialog = ({ device, onClose }: ForgetProps) => (
  <Dialog title={text('forget.title', { name: device.name })} onClose={onClose}>
    <Form
      action={text('forget.action')}
      isDanger
      onCancel={onClose}
      onSend={async () => {
        await tell({ method: 'DELETE', path: pathOf('devices', device.id) });
        say(text('forget.done', { name: device.name }));
        go(['devices']);
      }}
    >
      <p>{text('forget.about')}</p>
    </Form>
  </Dialog>
);
