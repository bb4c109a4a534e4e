/** The life of a device's identity, as a table. */

export const DEVICE_STATES = ['pending', 'approved', 'held', 'revoked'] as const;
/**
 * `pending`: seen, nobody has decided. `approved`: its key is one of ours. `held`: it says of itself what another device says, and
 * somebody has to look. `revoked`: its key counts for nothing.
 */
export type DeviceState = (typeof DEVICE_STATES)[number];

export const DEVICE_EVENTS = ['approve', 'hold', 'revoke'] as const;
export type DeviceEvent = (typeof DEVICE_EVENTS)[number];

type Row = Readonly<Partial<Record<DeviceEvent, DeviceState>>>;

// biome-ignore format: a table is read in columns
const TRANSITIONS: Readonly<Record<DeviceState, Row>> = {
  pending:  { approve: 'approved', hold: 'held', revoke: 'revoked' },
  approved: {                      hold: 'held', revoke: 'revoked' },
  held:     { approve: 'approved',               revoke: 'revoked' },
  // By a person who means it: nothing that happens by itself approves a revoked key.
  revoked:  { approve: 'approved' },
};

/** The state after an event; `undefined` for a pair that the table does not have, which is refused. */
export const next = (state: DeviceState, event: DeviceEvent): DeviceState | undefined =>
  TRANSITIONS[state][event];
