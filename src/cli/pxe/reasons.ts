/** Why a device is told what it is told, in the words of an administrator. */
import type { OrderState } from '../../job/order-states.ts';
import type { SilenceReason } from '../../pxe/dhcp/dhcp-answer.ts';
import type { AnswerReason, Architecture } from '../../pxe/network-client.ts';
import type { Sighting } from '../../pxe/sightings/sighting.ts';
import type { Phrase } from '../language.ts';

export const ANSWER_WORDS: Readonly<Record<AnswerReason, Phrase>> = {
  'answering-is-off': { en: 'the policy says: answer nobody', ja: 'ポリシーで応答を停止中' },
  'unknown-device': { en: 'the policy does not name it', ja: 'ポリシーにない端末' },
  'architecture-not-supported': {
    en: 'there is nothing for this kind of machine',
    ja: 'この種類の機械用のファイルがない',
  },
  'secure-boot-behind-another-dhcp-server': {
    en: 'Secure Boot does not start beside another DHCP server',
    ja: '別の DHCP サーバーがあるとセキュアブートでは起動できない',
  },
  'secure-boot-over-http': {
    en: 'Secure Boot does not start by HTTP boot',
    ja: 'HTTP ブートではセキュアブートに対応しない',
  },
  'nothing-to-do': { en: 'nothing to do', ja: '処理なし' },
  'order-waiting': { en: 'an order waits for it', ja: '未実行の指示がある' },
  'order-running': { en: 'its order is half done', ja: '指示を実行中' },
  'policy-merlin': { en: 'the policy says Merlin', ja: 'ポリシーの指定: Merlin' },
  'policy-menu': { en: 'the policy says menu', ja: 'ポリシーの指定: メニュー' },
};

export const SILENCE_WORDS: Readonly<Record<SilenceReason, Phrase>> = {
  'not-a-boot-client': { en: 'it does not start from the network', ja: 'ネットワーク起動ではない' },
  'not-a-question': { en: 'it asked nothing', ja: '問い合わせではない' },
  'other-server': { en: 'it chose another server', ja: '別のサーバーを選択した' },
  'lease-of-other-server': {
    en: 'its address is from another server',
    ja: 'アドレスは別のサーバーのもの',
  },
  policy: { en: 'the policy', ja: 'ポリシーによる' },
  'file-not-loadable': {
    en: 'its firmware cannot load such a file',
    ja: 'ファームウェアが読み込めない形式',
  },
  'answer-too-long': { en: 'the answer would be too long', ja: '応答が長すぎる' },
  'too-many-requests': { en: 'it asks too often', ja: '要求が多すぎる' },
  'no-address-free': { en: 'no address is free', ja: '空きアドレスがない' },
  'lease-unknown': { en: 'its address is not known here', ja: 'アドレスが不明' },
  'network-unknown': { en: 'its network is not served', ja: '対象外のネットワーク' },
};

export const ARCHITECTURE_WORDS: Readonly<Record<Architecture, string>> = {
  bios: 'BIOS',
  'efi-x64': 'UEFI x64',
  'efi-ia32': 'UEFI IA32',
  'efi-arm64': 'UEFI ARM64',
  'efi-arm32': 'UEFI ARM32',
  other: '?',
};

export const ASKED_WORDS: Readonly<Record<Sighting['asked'], Phrase>> = {
  pxe: { en: 'firmware (PXE)', ja: 'ファームウェア(PXE)' },
  ipxe: { en: 'iPXE', ja: 'iPXE' },
  'http-boot': { en: 'firmware (HTTP boot)', ja: 'ファームウェア(HTTP ブート)' },
  merlin: { en: 'Merlin', ja: 'Merlin' },
};

export const ORDER_WORDS: Readonly<Record<OrderState, Phrase>> = {
  waiting: { en: 'waits for the next start', ja: '次回起動を待機中' },
  given: { en: 'given, nothing written yet', ja: '引き渡し済み、書き込み前' },
  running: { en: 'running', ja: '実行中' },
  done: { en: 'done', ja: '完了' },
  failed: { en: 'failed', ja: '失敗' },
};
