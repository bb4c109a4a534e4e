/** `nacre agent run`: the service of a device, until it is told to stop. */
import { once } from 'node:events';
import os from 'node:os';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { programVersion } from '../program-folder.ts';
import { openServiceLog } from '../pxe/service-log.ts';
import { agentFilesOf, keptPlaces, STATE } from './agent-places.ts';

/** People work at the device. */
const yieldToUsers = async (): Promise<void> => {
  const { native } = await import('../../disk/native.ts');
  native.lowerIoPriority();
  os.setPriority(os.constants.priority.PRIORITY_LOW);
};

const run = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const files = agentFilesOf(call);
  const [{ startAgent }, { thisWorld }, { openAgentLog }] = await Promise.all([
    import('../../agent/agent-service.ts'),
    import('../../agent/agent-world.ts'),
    import('../../agent/state/agent-log.ts'),
  ]);
  await yieldToUsers();
  const [isJson, isVerbose] = [call.isSet('logJson'), call.isSet('verbose')];
  const kept = openAgentLog(files);
  await using agent = await startAgent({
    files,
    release: programVersion(),
    world: thisWorld(),
    log: await openServiceLog(session, { isJson, isVerbose, kept }),
    places: keptPlaces(),
    noticeFolder: session.setting('agent-notice'),
  });
  const stopped = session.signal.aborted ? Promise.resolve() : once(session.signal, 'abort');
  await Promise.race([agent.ended, stopped]);
  await agent.close();
  session.note(session.text({ en: 'stopped', ja: '停止しました' }));
  return { json: { folder: files.folder }, text: '' };
};

export const RUN: CommandSpec = {
  name: 'run',
  summary: { en: 'run the agent of this device', ja: 'この装置のエージェントを動かす' },
  details: {
    en: 'Runs until Ctrl-C; systemd does that (nacre agent install). It checks in with the manager, fills the backup partition and images the device when a job with a valid ticket says so. It opens no port. docs/agent.md says what to do when something is wrong.',
    ja: 'Ctrl-C まで動作します。通常は systemd が起動します(nacre agent install)。マネージャーにチェックインし、有効なチケットを持つジョブに従ってバックアップパーティションへの書き込みとイメージ化を行います。ポートは開きません。',
  },
  options: [
    STATE,
    {
      flags: '--log-json',
      text: { en: 'log lines as JSON, for other programs', ja: 'ログを JSON で出力' },
    },
    { flags: '--verbose', text: { en: 'log everything', ja: 'すべてを記録' } },
  ],
  example: 'nacre agent run',
  run,
};
