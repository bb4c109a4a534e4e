import test from 'ava';
import { startAgent } from '../../src/agent/agent-service.ts';
import { enrolDevice } from '../../src/agent/enrol.ts';
import { agentFiles } from '../../src/agent/state/agent-files.ts';
import { readAgentState } from '../../src/agent/state/agent-state.ts';
import { readAgentStatus } from '../../src/agent/state/agent-status.ts';
import { writeWhole } from '../../src/agent/state/whole-file.ts';
import { labWorld } from '../helpers/agent-lab.ts';
import { type Ask, openManagerLab } from '../helpers/manager-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { watchedLog } from '../helpers/watched-log.ts';

const { signal } = new AbortController();
const ADMITTED = 'manager says what it takes this device for';

const deviceState = async (admin: Ask): Promise<Record<string, unknown>> => {
  const { json } = await admin('GET', '/api/v1/devices');
  const [device] = Array.isArray(json['items']) ? json['items'] : [];
  return device ?? {};
};

test('a device with a clock of 1970 enrols, waits, is approved, and outlives a manager that starts again', async (t) => {
  const dataFolder = await temporaryFolder(t);
  const lab = await openManagerLab(t, { dataFolder });
  const files = agentFiles(await temporaryFolder(t));
  const server = `https://127.0.0.1:${lab.service.port}`;
  const pin = lab.service.pin.replace('sha256:', '');
  const enrolled = await enrolDevice({ files, server, pin, replace: false, signal });
  t.is(enrolled.state, 'pending');
  await writeWhole(files.settings, `disk = '${dataFolder}/none.img'\n`);
  const world = labWorld();
  const { log, line } = watchedLog();
  const places = { files: [], program: undefined };
  await writeWhole(`${dataFolder}/none.img`, Buffer.alloc(2 ** 20));
  await using agent = await startAgent({ files, release: '1.2.3', world, log, places });
  await line(ADMITTED, { state: 'pending' });
  const { id } = await deviceState(lab.admin);
  await lab.admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'approved' } });
  await line(ADMITTED, { state: 'approved' });
  t.like(await deviceState(lab.admin), { supportImgBackup: false, backupImagePresent: false });
  const { jobKey } = (await readAgentState(files)) ?? {};
  t.regex(jobKey ?? '', /^[\w-]{43}$/);
  const listen = { address: '127.0.0.1', port: lab.service.port };
  await lab.service.close();
  await line('agent has a problem', { code: 'MANAGER_UNREACHABLE' });
  await openManagerLab(t, { dataFolder, listen });
  await line('problem is over');
  t.like(await readAgentStatus(files), { problem: null });
  await agent.close();
  t.like(await readAgentState(files), { jobKey, admission: 'approved' });
});
