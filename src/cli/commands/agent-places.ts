/** Where the commands of `nacre agent` find the folder of the agent, and what of this machine it keeps. */
import path from 'node:path';
import { AGENT_FOLDER, type AgentFiles, agentFiles } from '../../agent/state/agent-files.ts';
import type { KeptPlaces } from '../../agent/work/kept.ts';
import type { Call, OptionSpec } from '../command.ts';
import { PROGRAM_FOLDER } from '../program-folder.ts';

/** Where the package puts the program. */
const PACKAGE_FOLDER = '/usr/lib/nacre';
/** What it puts elsewhere, as far as an agent needs it. */
const PACKAGE_FILES = ['/usr/bin/nacre', '/usr/lib/systemd/system/nacre-agent.service'];
export const UNIT = '/etc/systemd/system/nacre-agent.service';
/** Starts the unit without a link, which no kept file can be. */
export const UNIT_WANTED = '/etc/systemd/system/multi-user.target.d/nacre-agent.conf';

export const STATE: OptionSpec = {
  flags: '--state <FOLDER>',
  text: {
    en: `folder of the agent (default: NACRE_AGENT_STATE, then ${AGENT_FOLDER})`,
    ja: `エージェントのフォルダー(既定: NACRE_AGENT_STATE、次に ${AGENT_FOLDER})`,
  },
};

export const agentFilesOf = (call: Call): AgentFiles =>
  agentFiles(
    path.resolve(call.text('state') ?? call.session.setting('agent-state') ?? AGENT_FOLDER),
  );

/** Installed by the package, and not run from a checkout. */
export const isPackaged = (): boolean => path.resolve(PROGRAM_FOLDER) === PACKAGE_FOLDER;

/** The new OS is to have the name of the device, and this agent as it is. */
export const keptPlaces = (): KeptPlaces => ({
  files: ['/etc/hostname', UNIT, UNIT_WANTED, ...(isPackaged() ? PACKAGE_FILES : [])],
  program: isPackaged() ? PACKAGE_FOLDER : undefined,
});
