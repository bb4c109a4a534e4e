/** Texts of orders that Merlin does at a start from the network. */
export const ORDER_TEXTS = {
  'caution.flash-small': {
    en: 'The disk is smaller than the rule of thumb asks for.',
    ja: 'ディスクが目安より小さいです。',
  },
  'caution.flash-unknown': {
    en: 'Its disk is not known yet: Merlin checks what fits before it writes.',
    ja: 'ディスクが未確認です。書き込み前に Merlin が確認します。',
  },
  'caution.no-wfs': {
    en: 'The layout is made without a WFS.',
    ja: 'WFS なしのレイアウトになります。',
  },
  'caution.one-generation': {
    en: 'The backup partition has room for one generation.',
    ja: 'バックアップパーティションは 1 世代分です。',
  },
  'caution.os-moved': {
    en: 'The OS partition lies at another place than in the image: Windows may not find itself.',
    ja: 'OS パーティションの位置が変わるため、Windows が起動できない可能性があります。',
  },
  'caution.other-firmware': {
    en: 'The image was captured from a disk that starts by another kind of firmware.',
    ja: 'イメージは別の種類のファームウェアのディスクから取得されました。',
  },
  'caution.starts-from-disk': {
    en: 'It starts from its disk first: have it start from the network once.',
    ja: 'ディスクから先に起動します。一度ネットワークから起動してください。',
  },
  'caution.unused-space': {
    en: 'Space of the disk stays unused.',
    ja: 'ディスクに未使用の領域が残ります。',
  },
  'layout.uefi': { en: 'uefi (UEFI, GPT)', ja: 'uefi(UEFI、GPT)' },
  'layout.wes2009': { en: 'wes2009 (BIOS)', ja: 'wes2009(BIOS)' },
  'layout.wes7': { en: 'wes7 (BIOS)', ja: 'wes7(BIOS)' },
  'layout.xpe': { en: 'xpe (BIOS)', ja: 'xpe(BIOS)' },
  'order.backup': {
    en: 'Fill the backup partition',
    ja: 'バックアップパーティションに書き込む',
  },
  'order.capture.about': {
    en: 'Merlin reads the disk of each device at its next start from the network, once. Each becomes a new version of the image; nothing is written to the disk.',
    ja: '次にネットワークから起動したときに、Merlin がディスクを一度だけ読み取ります。それぞれがイメージの新しいバージョンになり、ディスクには書き込みません。',
  },
  'order.capture.make': {
    en: 'Capture devices: {count}',
    ja: '{count} 台から取り込む',
  },
  'order.capture.open': { en: 'Capture…', ja: '取り込み…' },
  'order.capture.title': { en: 'Capture devices', ja: 'デバイスからの取り込み' },
  'order.cautions': { en: 'To know', ja: '注意' },
  'order.comment': { en: 'Comment of the new version', ja: '新しいバージョンのコメント' },
  'order.confirm': {
    en: 'Type the name of the image to confirm: {name}',
    ja: '確認のためイメージ名を入力してください: {name}',
  },
  'order.convert.about': {
    en: 'Merlin does it at the next start of each device from the network, once: it lays the disk out anew, with boot agent and backup partition, and puts the image onto it. Everything on the disk is lost.',
    ja: '次にネットワークから起動したときに、Merlin が一度だけ実行します。ブートエージェントとバックアップパーティションのあるレイアウトにディスクを作り直し、イメージを書き込みます。ディスクの内容はすべて失われます。',
  },
  'order.convert.make': {
    en: 'Erase and image devices: {count}',
    ja: '{count} 台を消去してイメージング',
  },
  'order.convert.open': { en: 'Convert…', ja: '変換…' },
  'order.convert.title': { en: 'Make devices autogenic capable', ja: 'デバイスの Autogenic 対応' },
  'order.disk': { en: 'Disk', ja: 'ディスク' },
  'order.disk-unknown': { en: 'not known yet', ja: '未確認' },
  'order.erased': {
    en: 'Everything on the disks of these devices is lost: {count}',
    ja: '{count} 台のディスクの内容がすべて失われます',
  },
  'order.image-name': {
    en: 'Image that gets the new versions',
    ja: '新しいバージョンを加えるイメージ',
  },
  'order.layout': { en: 'Layout', ja: 'レイアウト' },
  'order.made': {
    en: 'Orders made: {count}. Each is done at the next start from the network.',
    ja: '指示を {count} 件作成しました。次にネットワークから起動したときに実行されます。',
  },
  'order.mb': { en: '{size} MB', ja: '{size} MB' },
  'order.next-start': { en: 'at the next start from the network', ja: '次のネットワーク起動時' },
  'order.next-start-after': {
    en: 'at the next start from the network after',
    ja: '次の日時以降のネットワーク起動時:',
  },
  'order.non-pxe': { en: 'Non-PXE Size', ja: '非 PXE サイズ' },
  'order.not-before': { en: 'not before a time', ja: '日時を指定' },
  'order.os-size': { en: 'OS Partition Size', ja: 'OS パーティションサイズ' },
  'order.backup-size': { en: 'Backup Partition Size', ja: 'バックアップパーティションサイズ' },
  'order.policy': { en: 'Sizes', ja: 'サイズの決め方' },
  'order.policy-auto': { en: 'auto: all of the disk', ja: 'auto: ディスク全体を使用' },
  'order.policy-vendor': { en: 'vendor: as in the manual', ja: 'vendor: マニュアルどおり' },
  'order.total-flash': { en: 'Total Flash Size', ja: '全フラッシュサイズ' },
} as const;
