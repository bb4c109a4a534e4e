/** Texts of the Package Manager. */
export const PACKAGE_TEXTS = {
  'autogenic.of': { en: 'Autogenic Capable: {name}', ja: 'Autogenic Capable: {name}' },
  'autogenic.off': {
    en: '{name} fills no backup partitions any more.',
    ja: '{name} はバックアップパーティションに入らなくなりました。',
  },
  'autogenic.on': {
    en: '{name} is Autogenic Capable: it may fill backup partitions.',
    ja: '{name} は Autogenic Capable です。バックアップパーティションに入れられます。',
  },
  'package.autogenic': { en: 'Autogenic', ja: 'Autogenic' },
  'package.category': { en: 'Category', ja: '分類' },
  'package.description': { en: 'Description', ja: '説明' },
  'package.devices': { en: 'devices: {count}', ja: '{count} 台' },
  'package.jobs': { en: 'jobs: {count}', ja: 'ジョブ {count} 件' },
  'package.labels': { en: 'Labels', ja: 'ラベル' },
  'package.name': { en: 'Package', ja: 'パッケージ' },
  'package.number': { en: 'Number', ja: '番号' },
  'package.os': { en: 'OS', ja: 'OS' },
  'package.in-use': {
    en: 'It is in use: the manager refuses to remove it. Give those devices another image first, and wait for the jobs or cancel them.',
    ja: '使用中のため、削除は拒否されます。先に該当のデバイスを別のイメージにし、ジョブの終了を待つか取り消してください。',
  },
  'package.remove': { en: 'Remove', ja: '削除' },
  'package.remove-about': {
    en: 'All its versions go into the bin of the store. "nacre image bin restore" takes them back.',
    ja: 'すべてのバージョンをストアのごみ箱に移します。"nacre image bin restore" で戻せます。',
  },
  'package.remove-open': { en: 'Remove…', ja: '削除…' },
  'package.remove-title': {
    en: 'Remove the package {name}?',
    ja: 'パッケージ {name} を削除しますか?',
  },
  'package.removed': {
    en: 'Put into the bin of the store: {name}',
    ja: 'ストアのごみ箱に移しました: {name}',
  },
  'package.search-example': { en: 'name, number, description', ja: '名前、番号、説明' },
  'package.stored': { en: 'Stored', ja: '保存サイズ' },
  'package.type': { en: 'Type', ja: '種類' },
  'package.used-by': { en: 'Used by', ja: '使用先' },
  'package.versions': { en: 'Versions', ja: 'バージョン' },
  'packages.none': {
    en: 'The store of images is empty. Capture one with "nacre image capture", or let a device be captured.',
    ja: 'イメージのストアは空です。"nacre image capture" などで取り込んでください。',
  },
  'packages.none-found': {
    en: 'No package fits. Take a filter back.',
    ja: '該当するパッケージがありません。条件を減らしてください。',
  },
  'packages.title': { en: 'Package Manager', ja: 'Package Manager' },
  'sync.action': { en: 'Look into the store', ja: 'ストアを確認' },
  'sync.done': {
    en: 'Images: {images}, new versions: {addedVersions}, removed images: {removedImages}',
    ja: 'イメージ {images} 件、新しいバージョン {addedVersions} 件、なくなったイメージ {removedImages} 件',
  },
  'version.comment': { en: 'Comment', ja: 'コメント' },
  'version.disk': { en: 'Disk', ja: 'ディスク' },
  'version.id': { en: 'Version', ja: 'バージョン' },
  'version.none': { en: 'There are no versions.', ja: 'バージョンがありません。' },
  'version.parent': { en: 'Parent', ja: '元のバージョン' },
  'version.used': { en: 'Used', ja: '使用量' },
} as const;
