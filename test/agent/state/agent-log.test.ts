import { readFileSync, statSync } from 'node:fs';
import test from 'ava';
import { agentFiles } from '../../../src/agent/state/agent-files.ts';
import { openAgentLog, readAgentLog } from '../../../src/agent/state/agent-log.ts';
import { parseAgentSettings, readAgentSettings } from '../../../src/agent/state/agent-settings.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('the log keeps its last lines in two files of a bounded size', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  t.deepEqual(readAgentLog(files, 5), []);
  const log = openAgentLog(files, 100);
  for (let number = 0; number < 50; number++) log.write(`{"line":${number}}\n`);
  t.deepEqual(readAgentLog(files, 2), ['{"line":48}', '{"line":49}']);
  t.true(statSync(files.log).size <= 100);
  t.true(statSync(`${files.log}.1`).size <= 100);
  openAgentLog(files, 100).write('{"line":50}\n');
  t.regex(readFileSync(files.log, 'utf8'), /"line":50/);
});

test('a log that cannot be written stops nobody', (t) => {
  t.notThrows(() => openAgentLog(agentFiles('/dev/null/nothing')).write('{}\n'));
});

test('settings have defaults, and what is not known is refused with the file', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  t.like(await readAgentSettings(files), { health: [], keep: [], notice: '/etc/nacre/notice.d' });
  const text = 'disk = "/dev/sdx"\nhealth = [["systemctl", "is-active", "kiosk"]]\n';
  t.like(parseAgentSettings('a.toml', text), { disk: '/dev/sdx' });
  for (const bad of ['disk = ', 'disc = "/dev/sda"', 'health = ["true"]', 'x'.repeat(70_000)]) {
    const refused = t.throws(() => parseAgentSettings('a.toml', bad), {
      code: 'CLI_CONFIG_INVALID',
    });
    t.regex(refused?.message ?? '', /a\.toml/);
  }
});
