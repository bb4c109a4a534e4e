/** `nacre agent enroll`: a device makes itself known to a manager. */
import { NacreError } from '../../errors.ts';
import { parsePin } from '../../image/store/web-pin.ts';
import type { Call, CommandSpec, Outcome } from '../command.ts';
import { askToType } from '../confirm.ts';
import type { Phrase } from '../language.ts';
import { parseServer } from '../manager/connection.ts';
import { readPasswordFile } from '../password-file.ts';
import { agentFilesOf, STATE } from './agent-places.ts';

const FOUND: Phrase = {
  en: 'The manager at {server} has the key\n  sha256:{pin}\n"nacre manager serve" prints it at each start: compare both.',
  ja: '{server} のマネージャーの鍵:\n  sha256:{pin}\n"nacre manager serve" が起動時に表示するものと比べてください。',
};
const YES = 'yes';

/** The pin of the option, or the one that the manager shows and a person confirms. @throws NacreError AGENT_PIN_NEEDED */
const pinOf = async (call: Call, server: string): Promise<string> => {
  const given = call.text('pin');
  if (given !== undefined) return parsePin(given);
  const { session } = call;
  const { readManagerPin } = await import('../../agent/manager/manager-key.ts');
  const pin = await readManagerPin(server, session.signal);
  const { stdin, stderr } = session.edge;
  if (stdin.isTTY && stderr.isTTY)
    session.warn(session.text(FOUND).replace('{server}', server).replace('{pin}', pin));
  if ((await askToType(session, YES)) === YES) return pin;
  throw new NacreError('AGENT_PIN_NEEDED', { server, pin });
};

const NEXT: Readonly<Record<'pending' | 'approved' | 'held' | 'revoked', Phrase>> = {
  pending: {
    en: 'waits for its approval: compare the fingerprint there, then "nacre device approve"',
    ja: '承認待ちです。指紋を比べてから "nacre device approve" を実行してください',
  },
  approved: { en: 'is approved', ja: '承認済みです' },
  held: {
    en: 'is held: it says of itself what another device says; see "nacre device show"',
    ja: '保留中です。別の装置と同じ情報を申告しています。"nacre device show" を確認してください',
  },
  revoked: {
    en: 'is revoked: a person has to approve it again',
    ja: '失効しています。管理者が承認し直す必要があります',
  },
};

const enroll = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const server = parseServer(call.parameter(0));
  const code = (await readPasswordFile('--code-file', call.text('codeFile'))) ?? call.text('code');
  const pin = await pinOf(call, server);
  const { enrolDevice } = await import('../../agent/enrol.ts');
  const { id, state, fingerprint, wasKnown } = await enrolDevice({
    ...{ files: agentFilesOf(call), server, pin, code },
    ...{ replace: call.isSet('replace'), signal: session.signal },
  });
  const device = session.text({ en: 'this device', ja: 'この装置' });
  const text = `${server} (sha256:${pin})\n${device} ${fingerprint}\n${session.text(NEXT[state])}\n`;
  return { json: { server, pin, id, state, fingerprint, wasKnown }, text };
};

export const ENROLL: CommandSpec = {
  name: 'enroll',
  parameters: '<URL>',
  summary: { en: 'make this device known to a manager', ja: 'この装置をマネージャーに登録' },
  details: {
    en: "Makes the key of this device, compares the manager's key (--pin, or a person at the terminal), and sends who the device is. Enrolling again with the same manager changes nothing.",
    ja: 'この装置の鍵を作り、マネージャーの鍵を確認し(--pin または端末での確認)、装置の情報を送ります。同じマネージャーへの再登録では何も変わりません。',
  },
  options: [
    {
      flags: '--pin <sha256:HEX>',
      text: { en: 'key that the manager must have', ja: 'マネージャーが持つべき鍵' },
    },
    { flags: '--code <CODE>', text: { en: 'join code', ja: '参加コード' } },
    {
      flags: '--code-file <FILE>',
      text: { en: 'file whose first line is the join code', ja: '1行目が参加コードのファイル' },
    },
    {
      flags: '--replace',
      text: {
        en: 'forget another manager, or the old key for jobs',
        ja: '別のマネージャーまたは古いジョブ鍵を忘れる',
      },
    },
    STATE,
  ],
  example:
    'nacre agent enroll https://manager.example:30806 --pin sha256:ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c',
  run: enroll,
};
