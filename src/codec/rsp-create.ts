/** Package scripts of our own, in the vendor's shape. */
import { NacreError } from '../errors.ts';
import {
  parseRsp,
  RSP_KEYS,
  type RspDocument,
  type RspKey,
  type RspStep,
  serializeRsp,
  settingOf,
  stepsOf,
} from './rsp-script.ts';
import { encodeRspText } from './rsp-text.ts';

/** What a new script says. */
export interface RspPlan {
  readonly settings: { readonly [Key in RspKey]?: string } & { readonly Number: string };
  readonly isAutogenic: boolean;
  readonly steps: readonly RspStep[];
}

/** A value as it stands after `=`: in quotes where blanks or a comment sign would change it. */
const valueText = (value: string): string =>
  /^\s|\s$|^"|(?:^|\s);/.test(value) ? `"${value}"` : value;

const stepText = (step: RspStep): string =>
  [step.opcode + (step.isStarred ? '*' : ''), ...step.arguments.map((text) => `"${text}"`)].join(
    ' ',
  );

/** ASCII stays plain, anything else is UTF-8 with its mark, which every Windows editor reads. */
const toBytes = (text: string): Uint8Array =>
  encodeRspText('utf-8', /^[ -~\r\n]*$/.test(text) ? text : `\ufeff${text}`);

/**
 * A new script with CR LF line ends, settings in the order of `RSP_KEYS`.
 * @throws {NacreError} RSP_UNWRITABLE for a value that would not read back as it is (double quotes,
 *   line ends, control characters); RSP_SYNTAX for an empty Number or one of more than 64 characters.
 */
export const createRsp = (plan: RspPlan): RspDocument => {
  const settings = RSP_KEYS.flatMap((key) => {
    const value = plan.settings[key];
    return value === undefined ? [] : [`${key}=${valueText(value)}`];
  });
  const tag = plan.isAutogenic ? ['<BackupImage>'] : [];
  const lines = ['[Version]', ...settings, '[Script]', ...tag, ...plan.steps.map(stepText)];
  const broken = lines.find((line) => /[^\P{Cc}\t]/u.test(line));
  if (broken !== undefined) {
    throw new NacreError('RSP_UNWRITABLE', { text: JSON.stringify(broken), encoding: 'UTF-8' });
  }
  const document = parseRsp(toBytes(lines.map((line) => `${line}\r\n`).join('')), 'the new script');
  checkReadBack(plan, document);
  return document;
};

const checkReadBack = (plan: RspPlan, document: RspDocument): void => {
  const key = RSP_KEYS.find((name) => settingOf(document, name) !== plan.settings[name]);
  if (key !== undefined) {
    const text = JSON.stringify(plan.settings[key] ?? '');
    throw new NacreError('RSP_UNWRITABLE', { text, encoding: document.encoding });
  }
  const wanted = JSON.stringify(plan.steps);
  if (JSON.stringify(stepsOf(document)) !== wanted) {
    throw new NacreError('RSP_UNWRITABLE', { text: wanted, encoding: document.encoding });
  }
};

/** The bytes of a new script. */
export const createRspBytes = (plan: RspPlan): Uint8Array => serializeRsp(createRsp(plan));
