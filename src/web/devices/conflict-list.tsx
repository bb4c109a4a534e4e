/** Other devices that say the same of themselves. */
import type { Device } from '../api/types.ts';
import { hashOf } from '../place/parse-place.ts';
import { text, textOr } from '../texts/language.ts';

export const ConflictList = ({ conflicts }: Pick<Device, 'conflicts'>) =>
  conflicts.length === 0 ? null : (
    <ul class="conflicts">
      {conflicts.map(({ device, name, hint, value }) => (
        <li key={`${device}${hint}${value}`}>
          {text('device.conflict-with')} <a href={hashOf(['devices', device])}>{name}</a>:{' '}
          {textOr(`hint.${hint}`, hint)} <code>{value}</code>
        </li>
      ))}
    </ul>
  );
