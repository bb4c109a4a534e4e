/** Whom network boot services answer that take their policy from here. */
import { NETWORK_ANSWERS, type NetworkAnswers } from '../../job/network-boot-protocol.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { Queries } from '../store/store.ts';
import { jobSettings, putJobSetting } from '../store/subnet-rows.ts';

export interface BootSettings {
  readonly answer: NetworkAnswers;
}

/** The table has numbers: the place in NETWORK_ANSWERS. */
const ANSWER = 'networkBootAnswer';

export const bootSettingsIn = async (db: Queries): Promise<BootSettings> => {
  const row = (await jobSettings(db)).find(({ name }) => name === ANSWER);
  return { answer: NETWORK_ANSWERS[row?.value ?? -1] ?? 'known' };
};

export const readBootSettings = ({ store }: Ground): Promise<BootSettings> =>
  store.read(bootSettingsIn);

export const changeBootSettings = (
  ground: Ground,
  actor: Actor,
  { answer }: BootSettings,
): Promise<BootSettings> =>
  ground.store.change(async (db) => {
    await putJobSetting(db, { name: ANSWER, value: NETWORK_ANSWERS.indexOf(answer) });
    const deed = { action: 'network-boot.settings', kind: 'manager', subject: 'network-boot' };
    await audit(ground, db, actor, { ...deed, facts: { answer } });
    return bootSettingsIn(db);
  });
