/** `nacre agent install`: the unit of the agent, so that systemd starts it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import { isPackaged, UNIT, UNIT_WANTED } from './agent-places.ts';

const COMMAND = '/usr/bin/env nacre agent run';
/** A drop-in instead of a link: it is kept when the OS is made anew. */
const WANTED = '[Unit]\nWants=nacre-agent.service\n';
const MODE = 0o644;

const put = async (root: string, file: string, text: string): Promise<string> => {
  const target = path.join(root, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text, { mode: MODE });
  return target;
};

/** The unit, with this program as it is started now. */
const unitText = async (): Promise<string> => {
  const text = await readFile(path.join(PROGRAM_FOLDER, 'scripts/nacre-agent.service'), 'utf8');
  const main = path.join(PROGRAM_FOLDER, 'dist/cli/main.cjs');
  return text.replace(COMMAND, `${process.execPath} ${main} agent run`);
};

const systemctl = async (...words: readonly string[]): Promise<void> => {
  const { runTool } = await import('../../disk/tool.ts');
  await runTool('systemctl', words);
};

const install = async (call: Call): Promise<Outcome> => {
  const root = path.resolve(call.text('root') ?? '/');
  const isEnabled = call.isSet('enable');
  // The package brings the unit.
  const files = isPackaged() ? [] : [await put(root, UNIT, await unitText())];
  if (isEnabled) files.push(await put(root, UNIT_WANTED, WANTED));
  if (root === '/') {
    await systemctl('daemon-reload');
    if (isEnabled) await systemctl('restart', '--no-block', 'nacre-agent.service');
  }
  const written = files.map((file) => `${file}\n`).join('');
  const next = call.session.text(
    isEnabled
      ? { en: 'starts with the machine\n', ja: '起動時に開始します\n' }
      : {
          en: 'start it with the machine: nacre agent install --enable\n',
          ja: '起動時に開始するには: nacre agent install --enable\n',
        },
  );
  return { json: { files, enabled: isEnabled }, text: `${written}${next}` };
};

export const INSTALL: CommandSpec = {
  name: 'install',
  summary: { en: 'let systemd start the agent', ja: 'systemd にエージェントを起動させる' },
  details: {
    en: 'Writes the unit nacre-agent.service; with --enable it is started now and with the machine. With --root it is written below a folder, such as an image that is mounted, and nothing is started.',
    ja: 'ユニット nacre-agent.service を書き込みます。--enable で今すぐ、および起動時に開始します。--root を指定すると、そのフォルダー(マウントしたイメージなど)に書き込むだけで何も開始しません。',
  },
  options: [
    {
      flags: '--enable',
      text: { en: 'start it now and with the machine', ja: '今すぐ、および起動時に開始' },
    },
    {
      flags: '--root <FOLDER>',
      text: { en: 'write below this folder', ja: 'このフォルダー以下に書き込む' },
    },
  ],
  example: 'nacre agent install --enable',
  run: install,
};
