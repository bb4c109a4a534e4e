/** What to do next about a device, in sentences. */
import type { Advice } from '../../pxe/explain/advice.ts';
import type { Phrase } from '../language.ts';

export const ADVICE_WORDS: Readonly<Record<Advice, Phrase>> = {
  'service-not-running': {
    en: 'No service runs with this data folder: start "nacre pxe serve" (or name its folder with --data). What follows is from before.',
    ja: 'このデータフォルダーのサービスは動いていません。"nacre pxe serve" を起動するか、--data で指定してください。以下は以前の記録です。',
  },
  'policy-unreadable': {
    en: 'There is no policy that can be read: name it with --policy FILE; docs/network-boot.md has an example.',
    ja: '読めるポリシーがありません。--policy FILE で指定してください。例は docs/network-boot.md にあります。',
  },
  'nobody-seen': {
    en: 'No device at all was seen: its requests do not reach this machine. Run "nacre pxe check"; look at the firewall (UDP 67), at the interface that is served, and between networks at the DHCP relay, which has to pass requests on to this machine too.',
    ja: 'どの端末からの要求も届いていません。"nacre pxe check" を実行し、ファイアウォール(UDP 67)、対象のインターフェース、別のネットワークなら DHCP リレーの転送先を確認してください。',
  },
  'never-seen': {
    en: 'Other devices were seen, this one was not: see whether its firmware starts from the network before its disk, whether this is the address of the card that is plugged in, and whether its port is in the same network.',
    ja: 'ほかの端末は届いていますが、この端末は届いていません。起動順序でネットワークがディスクより先か、接続したカードの MAC アドレスか、同じネットワークのポートかを確認してください。',
  },
  'answering-is-off': {
    en: 'The policy has answer = "off": nobody is answered until that is changed.',
    ja: 'ポリシーが answer = "off" です。変更するまで誰にも応答しません。',
  },
  'unknown-device': {
    en: 'If it is yours, give it a [[device]] row with this MAC address in the policy, or put it into a group; until then it is left to others.',
    ja: '管理対象なら、ポリシーにこの MAC アドレスの [[device]] を書くか、グループに加えてください。それまでは応答しません。',
  },
  'architecture-not-supported': {
    en: 'Nacre starts PCs with BIOS or 64-bit UEFI; let this machine start from its disk.',
    ja: '対応するのは BIOS と 64 ビット UEFI の PC です。この機械はディスクから起動してください。',
  },
  'secure-boot-behind-another-dhcp-server': {
    en: 'Put its disk before the network in the boot order. To start Merlin there, switch Secure Boot off and take secure-boot out of its row, or give addresses with --dhcp on a network of its own.',
    ja: '起動順序でディスクを先にしてください。Merlin を起動するには、セキュアブートを切って行から secure-boot を外すか、独立したネットワークで --dhcp を使ってください。',
  },
  'secure-boot-over-http': {
    en: 'Choose "PXE IPv4" instead of "HTTP" in its firmware, or switch Secure Boot off there.',
    ja: 'ファームウェアで HTTP ではなく PXE IPv4 を選ぶか、セキュアブートを切ってください。',
  },
  'answer-not-sent': {
    en: 'The policy has an answer, but it could not be sent for the reason above.',
    ja: 'ポリシーには応答がありますが、上の理由で送れませんでした。',
  },
  'nothing-loaded': {
    en: 'It was answered and loaded nothing: another server was faster (look with "nacre pxe check"), or a firewall keeps it from TFTP (UDP 69 and above 1023) or HTTP.',
    ja: '応答しましたが何も読み込んでいません。別のサーバーが先に応答したか("nacre pxe check" で確認)、ファイアウォールが TFTP(UDP 69 と 1023 より上)または HTTP を遮断しています。',
  },
  'file-not-found': {
    en: 'It asked for a file that is not served: another server told it that name, or the boot files are of another version ("nacre boot build").',
    ja: '提供していないファイルを要求しました。別のサーバーがその名前を渡したか、ブートファイルの版が違います("nacre boot build")。',
  },
  'load-broken-off': {
    en: 'Its last load broke off: look at cable, switch and firewall; start it again.',
    ja: '最後の読み込みが途中で終わりました。ケーブル、スイッチ、ファイアウォールを確認し、もう一度起動してください。',
  },
  'merlin-silent': {
    en: 'It loaded Merlin, which never reported: its screen says why. Too little memory, a network card without a driver, or a firewall before the port of Merlin keep it silent.',
    ja: 'Merlin を読み込みましたが報告がありません。画面に理由が出ています。メモリー不足、ドライバーのないネットワークカード、ファイアウォールが考えられます。',
  },
  'merlin-stopped-reporting': {
    en: 'Its order is running and nothing was reported for a while: look at its screen; when it starts again it goes on.',
    ja: '指示の実行中に報告が途絶えました。画面を確認してください。再起動すると続きから行います。',
  },
  'order-waiting': {
    en: 'Start the device from the network: then its order is done.',
    ja: '端末をネットワークから起動すると、指示が実行されます。',
  },
  'order-running': {
    en: 'Nothing to do: it is at work.',
    ja: '作業中です。何もする必要はありません。',
  },
  'order-never-started': {
    en: 'It was told to load Merlin at ten starts in a row and no Merlin reported: its screen says why. Too little memory (192 MiB, under UEFI 512 MiB), a network card without a driver, a firewall before TFTP, HTTP or the port of Merlin.',
    ja: '10 回続けて Merlin の読み込みを案内しましたが、報告がありません。画面に理由が出ています。メモリー不足(192 MiB、UEFI では 512 MiB)、ドライバーのないネットワークカード、TFTP・HTTP・Merlin のポートのファイアウォールが考えられます。',
  },
  'order-failed': {
    en: 'docs/errors.md explains the code above. To try once more, write order = "2" (any other word) into its row of the policy.',
    ja: '上のコードは docs/errors.md にあります。もう一度行うには、ポリシーの行に order = "2"(別の語)を書いてください。',
  },
  'order-done': {
    en: 'Its order is done, and it starts its disk. For the same image once more write order = "2" (any other word) into its row.',
    ja: '指示は完了し、ディスクから起動します。同じイメージをもう一度入れるには、行に order = "2"(別の語)を書いてください。',
  },
};
