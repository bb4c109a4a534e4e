/** What can be done with the devices that were chosen. */
import { useState } from 'preact/hooks';
import type { Device } from '../api/types.ts';
import { go } from '../place/place.ts';
import { text } from '../texts/language.ts';
import { chosenDevices } from '../updates/chosen-devices.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { DECISIONS, type Decision, OFFERED } from './decisions.ts';
import { type Deed, OrderButtons } from './order-buttons.tsx';
import { SortDialog } from './sort-dialog.tsx';

interface ChosenProps {
  readonly devices: readonly Device[];
  readonly onClear: () => void;
  readonly onDone: () => void;
}

export const ChosenBar = ({ devices, onClear, onDone }: ChosenProps) => {
  const [open, setOpen] = useState<Decision | 'sort' | undefined>();
  const onClose = (): void => setOpen(undefined);
  const over = (): void => {
    onDone();
    onClear();
  };
  // A dialog that tells of refusals stays, whatever becomes of the choice behind it.
  const [asked, setAsked] = useState<readonly Device[]>([]);
  const start = (what: Decision | 'sort', which: readonly Device[]): void => {
    setAsked(which);
    setOpen(what);
  };
  const order = (what: Deed): void => {
    chosenDevices.value = devices.map(({ id, name }) => ({ id, name }));
    go(['updates', what]);
  };
  const fitting = (decision: Decision): readonly Device[] =>
    devices.filter(({ state }) => OFFERED[state].includes(decision));
  return (
    <>
      {devices.length > 0 && (
        <section class="chosen" aria-label={text('chosen.name')}>
          <strong aria-live="polite">{text('chosen.count', { count: devices.length })}</strong>
          <div class="buttons">
            {DECISIONS.map((decision) => (
              <button
                key={decision}
                type="button"
                disabled={fitting(decision).length === 0}
                onClick={() => start(decision, fitting(decision))}
              >
                {text(`decide.${decision}.action`)}
                {fitting(decision).length < devices.length && ` (${fitting(decision).length})`}
              </button>
            ))}
            <OrderButtons onOrder={order} />
            <button type="button" onClick={() => start('sort', devices)}>
              {text('sort.open')}
            </button>
            <button type="button" class="plain" onClick={onClear}>
              {text('chosen.clear')}
            </button>
          </div>
        </section>
      )}
      {open === 'sort' && <SortDialog devices={asked} onDone={over} onClose={onClose} />}
      {open !== undefined && open !== 'sort' && (
        <DecideDialog decision={open} devices={asked} onDone={over} onClose={onClose} />
      )}
    </>
  );
};
