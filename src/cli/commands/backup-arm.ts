/** `nacre backup arm` and `nacre backup result`: PI without a server (spec ). */
import type { ImagingResult } from '../../agent/hand-off.ts';
import { NacreError } from '../../errors.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { confirmTarget } from '../confirm.ts';
import { printable } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { SECTOR_SIZE, sectorSizeOf, YES } from './shared-options.ts';

const COMMAND = /^[A-Za-z0-9._:-]{1,64}$/;

const commandOf = (call: Call): string => {
  const value = call.text('command') ?? 'local';
  if (COMMAND.test(value)) return value;
  const expected = '1 to 64 letters, digits and . _ : -';
  throw new NacreError('CLI_BAD_VALUE', { what: '--command', value, expected });
};

const choiceOf = (call: Call) => ({ path: call.parameter(0), sectorSize: sectorSizeOf(call) });

const ARMED: Phrase = {
  en: 'at its next start the device images its OS from the backup partition',
  ja: '次の起動時にバックアップパーティションから OS をイメージ化します',
};

const arm = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const command = commandOf(call);
  const choice = choiceOf(call);
  const [{ armImaging }, { inspectDisk }] = await Promise.all([
    import('../../agent/hand-off.ts'),
    import('../../disk/device.ts'),
  ]);
  const { kind, serial } = await inspectDisk(choice.path);
  const target = { path: choice.path, isBlockDevice: kind !== 'file', serial };
  await confirmTarget(session, target, call.text('yes'));
  session.throwIfCancelled('arm');
  const { mode, cmdid, sequence } = await armImaging(choice, command);
  return { json: { mode, cmdid, sequence }, text: `${cmdid}: ${session.text(ARMED)}\n` };
};

const resultText = ({ cmdid, status }: ImagingResult, language: Language): string => {
  const none: Phrase = { en: 'no result\n', ja: '結果はありません\n' };
  const pending: Phrase = {
    en: `${cmdid}: handed to Merlin, no result yet\n`,
    ja: `${cmdid}: Merlin に引き渡し済み、結果はまだありません\n`,
  };
  if (status !== '') return printable(`${cmdid === '' ? '-' : cmdid}: ${status}\n`);
  return (cmdid === '' ? none : pending)[language];
};

const result = async (call: Call): Promise<Outcome> => {
  const { readImagingResult, takeImagingResult } = await import('../../agent/hand-off.ts');
  const choice = choiceOf(call);
  const found = await (call.isSet('take') ? takeImagingResult(choice) : readImagingResult(choice));
  return { json: found, text: resultText(found, call.session.language) };
};

export const ARM: CommandSpec = {
  name: 'arm',
  parameters: '<DISK>',
  summary: {
    en: 'let a device image its OS from its backup partition at the next start',
    ja: '次の起動時にバックアップパーティションから OS をイメージ化させる',
  },
  details: {
    en: 'PI without a server: the template Grub_merlin becomes the boot decision, with the command id, which also goes into Imagestatus.log. Works in the running OS, whose boot agent partition must not be mounted.',
    ja: 'サーバーなしの PI です。テンプレート Grub_merlin をコマンド ID とともに起動ブロックへ書き、Imagestatus.log にも ID を書きます。動作中の OS からも使えます(ブートエージェントパーティションはマウントしないこと)。',
  },
  options: [
    {
      flags: '--command <ID>',
      text: {
        en: 'command id that the result carries (default: local)',
        ja: '結果に付くコマンド ID(既定: local)',
      },
    },
    SECTOR_SIZE,
    YES,
  ],
  example: 'nacre backup arm /dev/sda --command job-7',
  run: arm,
};

export const RESULT: CommandSpec = {
  name: 'result',
  parameters: '<DISK>',
  summary: {
    en: 'show or take what came of the last imaging or repair',
    ja: '直前のイメージ化または修復の結果を表示・取得',
  },
  details: {
    en: '0: imaged; repaired: without a job; failed:CODE. With --take the result is removed, and the starts of the OS are counted no longer: it has shown that it runs.',
    ja: '0 はイメージ化完了、repaired はジョブなしの修復、failed:CODE は失敗です。--take は結果を削除し、OS の起動回数を数えるのをやめます(OS が動作したため)。',
  },
  options: [
    {
      flags: '--take',
      text: { en: 'remove the result from the device', ja: '結果を装置から削除' },
    },
    SECTOR_SIZE,
  ],
  example: 'nacre backup result /dev/sda --take',
  run: result,
};
