/** Other devices that say the same of themselves. */
import type { Device } from '../api/types.ts';
import { hashOf } from '../place/parse-place.ts';
import { text, textOr } from '../texts/language.ts';
import { HINTS, type HintValue } from './hint-types.ts';

interface ConflictProps extends Pick<Device, 'conflicts'> {
  /** Where a value can be said to be of many devices. */
  readonly onIgnore?: ((value: HintValue) => void) | undefined;
}

/** Over a key nobody can say that: two machines must not have the same. */
const canBeIgnored = (hint: string): boolean => HINTS.some((each) => each === hint);

export const ConflictList = ({ conflicts, onIgnore }: ConflictProps) =>
  conflicts.length === 0 ? null : (
    <ul class="conflicts">
      {conflicts.map(({ device, name, hint, value }) => (
        <li key={`${device}${hint}${value}`}>
          {text('device.conflict-with')} <a href={hashOf(['devices', device])}>{name}</a>:{' '}
          {textOr(`hint.${hint}`, hint)} <code>{value}</code>{' '}
          {onIgnore !== undefined && canBeIgnored(hint) && (
            <button
              type="button"
              class="plain"
              aria-label={`${text('ignore.open-of')} ${value} (${name})`}
              onClick={() => onIgnore({ hint, value })}
            >
              {text('ignore.open-of')}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
