/**
 * Messages and hints of ERROR_TABLE in Japanese, with the same `{facts}`. A test compares codes and
 * placeholders with the table, so that neither language says less than the other.
 */
import type { ErrorCode } from './errors.ts';

interface Row {
  readonly message: string;
  readonly hint: string;
}

export const JAPANESE: Readonly<Record<ErrorCode, Row>> = {
  AGENT_BACKUP_NOT_READY: {
    message: 'バックアップパーティションから {image} をイメージ化できません: {reason}',
    hint: '先にこのイメージの BI を実行してください。パーティションの内容は "nacre agent status" で分かります。',
  },
  AGENT_BOOT_ORDER: {
    message: '装置はディスクより先にネットワークから起動します: {reason}',
    hint: 'ファームウェアの起動順序でディスクを先頭にしてから、PI をもう一度スケジュールしてください。',
  },
  AGENT_HEALTH_FAILED: {
    message: '新しい OS が {seconds} 秒以内に確認に合格しませんでした: {reason}',
    hint: 'イメージと agent.toml の "health" を確認してください。以前の世代があれば、端末はそれに戻ります。',
  },
  AGENT_JOBS_KEY: {
    message: 'マネージャー {server} のジョブ署名鍵が異なります: 検出 {found}、必要 {needed}',
    hint: '変更の理由を確認してください。正しい場合: nacre agent enroll {server} --replace',
  },
  AGENT_MANAGER_OTHER: {
    message: 'この装置は {known} に属しています({wanted} ではありません)',
    hint: '別のマネージャーに移すには: nacre agent enroll {wanted} --replace',
  },
  AGENT_MESSAGE_OLD: {
    message: '実行 {run} のメッセージ {number} は受け付けられません: {reason}',
    hint: '次のメッセージにはより大きい番号を使ってください。エージェントを再起動すると新しい実行になります。',
  },
  AGENT_MESSAGE_REFUSED: {
    message: 'エージェントのメッセージを拒否しました: {reason}',
    hint: 'エージェントとマネージャーの版、およびエージェントが持つピンを確認してください。',
  },
  AGENT_NOTHING_TO_POSTPONE: {
    message: '延期するものはありません: {reason}',
    hint: '装置の状態は "nacre agent status" で分かります。',
  },
  AGENT_NOT_ENROLLED: {
    message: '{folder} に登録情報がありません。この装置はどのマネージャーにも属していません',
    hint: 'nacre agent enroll https://MANAGER:30806 --pin sha256:HEX を実行してください',
  },
  AGENT_NOT_IMAGED: {
    message: 'Merlin は装置をイメージ化しませんでした: {reason}',
    hint: '起動時の画面と "nacre boot state DISK" を確認し、PI をもう一度スケジュールしてください。',
  },
  AGENT_NO_DISK: {
    message: 'ジョブの対象にできるディスクがありません: {reason}',
    hint: 'agent.toml に disk = "/dev/sda" のように指定してください。一覧は "nacre disk list" で分かります。',
  },
  AGENT_PIN_NEEDED: {
    message: '{server} のマネージャーが正しいことを確認できません。鍵は sha256:{pin} です',
    hint: '"nacre manager serve" の表示と比べてから: nacre agent enroll {server} --pin sha256:{pin}',
  },
  AGENT_REPORT_FOREIGN: {
    message: '作業 {job} は {device} のものではありません',
    hint: '端末が報告できるのは自分の作業だけです。マネージャーをバックアップから復元した場合は作業を作り直してください。',
  },
  AGENT_RESULT_LOST: {
    message: 'ジョブ {job} を Merlin に引き渡しましたが、起動ブロックに結果がありません: {reason}',
    hint: '装置は起動します。ジョブをもう一度スケジュールしてください。',
  },
  AGENT_RUNS: {
    message: 'プロセス {pid} のエージェントが {folder} を使用しています',
    hint: '先に停止してください: systemctl stop nacre-agent',
  },
  AGENT_STATE_DAMAGED: {
    message: '{path} が破損しています: {reason}',
    hint: '控えがあれば戻してください。なければフォルダーを削除し、装置を登録し直して承認を受けてください。',
  },
  BACKUP_DAMAGED: {
    message:
      '{location} の世代 {generation} は正しく保存されていません: チャンク {chunks} 個が破損、最初はパック {pack}({reason})',
    hint: '媒体の故障です。カーネルログを確認してください。以前の世代は引き続き復元できます。',
  },
  BACKUP_NOT_FAT32: {
    message: '{path} のパーティション {number} は FAT32 ではありません({found})',
    hint: 'バックアップパーティションを指定してください。各パーティションの内容は "nacre disk show {path}" で分かります。',
  },
  BACKUP_NOT_FOUND: {
    message: '{path} にバックアップパーティション(ラベル {label} の FAT32 ボリューム)がありません',
    hint: '--partition N で指定するか、作成してください。現状は "nacre disk show {path}" で分かります。',
  },
  BACKUP_NO_GENERATION: {
    message: '{location} に {image} はありません(あるもの: {present})',
    hint: '"nacre backup fill IMAGE DISK" で書き込んでください。',
  },
  BACKUP_NO_SPACE: {
    message:
      '{location} の空きは {freeBytes} バイトですが、{neededBytes} バイト必要です。残す世代は {keptBytes} バイトです',
    hint: '--replace-old で古い世代を手放すか、小さいイメージを使うか、バックアップパーティションを大きくしてください。',
  },
  BACKUP_OVERWRITES_ITSELF: {
    message: '{path} への復元は、読み取り元の {location} を上書きしてしまいます',
    hint: '--partition N=M で、バックアップを含まないパーティションだけを指定してください。',
  },
  BACKUP_SEVERAL: {
    message:
      '{path} にはラベル {label} の FAT32 ボリュームが複数あります: パーティション {numbers}',
    hint: '--partition N で指定してください。',
  },
  BACKUP_UNUSABLE: {
    message: '{location} には復元できる世代がありません: {reasons}',
    hint: 'バックアップパーティションを書き込み直すか、"nacre image restore" で保存先から復元してください。',
  },
  BACKUP_VOLUME_DAMAGED: {
    message: '{location} のファイルシステムが破損しています: {problems}',
    hint: '何も書き込んでいません。必要なものを保存し、fsck.fat で修復するかフォーマットし直してから、もう一度書き込んでください。',
  },
  BOOT_BLOCK_INVALID: {
    message: '起動ブロックを読めません: {field} が "{found}" です。{needed} でなければなりません',
    hint: 'Merlin を起動してください。ブロックを書き直します。',
  },
  BOOT_BLOCK_READ_BACK: {
    message: '{path} に書いた起動ブロックが、読み返すと異なります',
    hint: 'ディスクが故障しつつあります。カーネルログを確かめ、交換してください。',
  },
  BOOT_CORE_NO_ROOM: {
    message:
      'GRUB には最初のパーティションの前に {neededSectors} セクター必要ですが、{sectors} セクターしかありません',
    hint: '最初のパーティションを MiB 境界に移すか、起動コードをブートエージェントパーティションに置いてください。',
  },
  BOOT_FILES_DAMAGED: {
    message: '{folder} の起動環境が壊れています: {reason}',
    hint: 'フォルダーを削除し、"nacre boot build --out {folder}" を実行してください。',
  },
  BOOT_FILES_MISSING: {
    message: '{folder} に起動環境がありません',
    hint: '"nacre boot build --out {folder}" を実行してください。',
  },
  BOOT_FILE_READ_BACK: {
    message: '起動用パーティションの {path} の内容が書き込んだものと一致しません',
    hint: 'ディスクの故障です。カーネルログを確認して交換してください。',
  },
  BOOT_PARTITION_NOT_FOUND: {
    message:
      '{path} にラベル {label} の FAT パーティションが {count} 個あります。必要なのは 1 個です',
    hint: '"nacre disk apply" で構成した機器のディスクを指定してください。',
  },
  BOOT_RECIPE_MISSING: {
    message: '作成手順 {path} がありません',
    hint: 'nacre のソースがある機械で起動環境を作成してください。',
  },
  BOOT_STATE_UNREADABLE: {
    message: '{path} の Grub/grub.conf と Grub/grub.alt のどちらにも起動ブロックがありません',
    hint: '機器は Merlin を起動して書き直します。設定するには: nacre boot state {path} --set mode=os',
  },
  BOOT_TRUST_INVALID: {
    message: '端末の信頼アンカーを読めません: {reason}',
    hint: 'ファイルを作り直してください。"nacre disk apply" が --trust または --unsigned から作ります。',
  },
  CANCELLED: {
    message: '{phase} の途中で中止しました',
    hint: '同じコマンドをもう一度実行してください。残りの処理だけが行われます。',
  },
  CLI_BAD_VALUE: {
    message: '{what} に "{value}" は指定できません。{expected} でなければなりません',
    hint: '値を直してください。',
  },
  CLI_BUG: {
    message: 'nacre の不具合です: {reason}',
    hint: 'コマンドと下の行を添えて報告してください。推測による結果は出力していません。',
  },
  CLI_COMMAND_MISSING: {
    message: '{command} の後にコマンドがありません',
    hint: '一覧は "{command} --help" にあります。',
  },
  CLI_CONFIG_INVALID: {
    message: '{file} の {line} 行目の設定を読めません: {reason}',
    hint: '行を直してください。設定は key = "text" の形で書きます。',
  },
  CLI_EXTRA_ARGUMENT: {
    message: '{what} の引数が多すぎます',
    hint: '空白を含む名前は引用符で囲んでください。書き方は "{command} --help" にあります。',
  },
  CLI_FILE_EXISTS: {
    message: '{path} はすでにあります',
    hint: '別のファイルを指定してください。上書きはしません。',
  },
  CLI_MISSING_ARGUMENT: {
    message: '引数 {what} がありません',
    hint: '書き方は "{command} --help" にあります。',
  },
  CLI_NOT_CONFIRMED: {
    message:
      '{target} への書き込みが確認されていません: 必要な答えは "{needed}"、与えられた答えは "{given}" です',
    hint: '何も変更していません。--dry-run で計画を確かめ、--yes {needed} と答えてください。',
  },
  CLI_OPTION_NEEDED: {
    message: 'オプション {what} がありません',
    hint: '説明は "{command} --help" にあります。',
  },
  CLI_OPTION_NEEDS_VALUE: {
    message: 'オプション {what} には値が必要です',
    hint: '続けて値を書いてください。説明は "{command} --help" にあります。',
  },
  CLI_SYSTEM: {
    message: '{path} の {syscall} が失敗しました: {reason}',
    hint: 'パスがあること、使用する権限があることを確かめてください。',
  },
  CLI_UNKNOWN_COMMAND: {
    message: 'コマンド {what} はありません',
    hint: '近い綴り: {nearest}。一覧は "{command} --help" にあります。',
  },
  CLI_UNKNOWN_OPTION: {
    message: 'オプション {what} はありません',
    hint: '近い綴り: {nearest}。一覧は "{command} --help" にあります。',
  },
  CLI_USAGE: {
    message: '{reason}',
    hint: '書き方は "{command} --help" にあります。',
  },
  CONVERT_AMBIGUOUS: {
    message: '{name} という名前のファイルとイメージが両方あります',
    hint: 'ファイルなら ./{name}、イメージなら {name}:latest と書いてください。',
  },
  CONVERT_DIFFERS: {
    message: '{target} を読み戻した内容が {source} と一致しません: {reason}',
    hint: '何も削除していません。{target} のあるディスクを確かめ、変換をやり直してください。',
  },
  CONVERT_I2D: {
    message: '{path} はメーカー独自の .i2d ファイルで、その形式は公開されていません',
    hint: '中身が無圧縮または gzip の raw イメージなら読めます。それ以外は、これで端末をイメージングし、その端末を "nacre image capture DISK NAME" で取り込んでください。',
  },
  CONVERT_KEEPS_SOURCE: {
    message: '--delete-source が削除するのはファイルだけですが、{path} はファイルではありません',
    hint: '--delete-source を外してください。イメージは "nacre image rm" で削除します。',
  },
  CONVERT_NO_SPACE: {
    message: '{path} の空きは {freeBytes} バイトですが、変換にはあと {neededBytes} バイト必要です',
    hint: '空きを作るか、空きの多いフォルダーを NACRE_TEMP に設定してください。',
  },
  CONVERT_REFERS_ELSEWHERE: {
    message: '{path} は別のファイルのデータを参照しています: {reference}',
    hint: '両方のファイルを信頼できる場所で "qemu-img convert -O qcow2 IMAGE flat.qcow2" により1つにまとめ、それを変換してください。',
  },
  CONVERT_SOURCE_CHANGED: {
    message: '{path} が変換中に変わりました',
    hint: '書き込んでいるものを止めて、変換をやり直してください。元のファイルは削除していません。',
  },
  CONVERT_SOURCE_DAMAGED: {
    message: '{path} は位置 {offset} で壊れているか、途中で切れています: {reason}',
    hint: '元の場所からもう一度取得し、チェックサムを比べてください。',
  },
  CONVERT_TARGET: {
    message: '{path} には変換できません: {reason}',
    hint: '.raw、.img、.qcow2 で終わる新しいファイル名か、保存先のイメージ名を指定してください。',
  },
  CONVERT_TOO_LARGE: {
    message:
      '{path} は展開すると {foundBytes} バイト以上になります。変換できるのは {maximumBytes} バイトまでです',
    hint: '普通のディスクのイメージはもっと小さいはずです。ファイルの出所を確かめてください。',
  },
  CONVERT_UNKNOWN_FORMAT: {
    message: '{path} には変換できるディスクがありません: {reason}',
    hint: '扱えるのは raw(無圧縮、.gz、.xz、.zst)、qcow2、VHD、VHDX、VMDK、partclone イメージ、パッケージフォルダーです。ほかの書庫は先に展開してください。',
  },
  CONVERT_UNSUPPORTED: {
    message: '{path} は変換できません: {what}',
    hint: '作成したプログラムで raw に変換し、その raw ファイルを変換してください。',
  },
  DISK_CHANGED: {
    message:
      '{path} は計画時のディスクではありません: 実際は {found}、期待したのは {expected} です',
    hint: '"nacre disk list" を確かめ、正しいディスクで計画を作り直してください。',
  },
  DISK_GROW_UNCLEAN: {
    message: '拡張後、{path} の {fileSystem} ボリュームは {state} です: {reason}',
    hint: '--grow なしでもう一度復元し、そのファイルシステムのツールで検査してください。',
  },
  DISK_IN_USE: {
    message: '{path} は使用中です: {use}',
    hint: 'アンマウントするか使用中のものを止めて、やり直してください。使用者は "nacre disk show {path}" で分かります。',
  },
  DISK_IO: {
    message: '{path} の {syscall} が失敗しました: {reason}',
    hint: 'ケーブル、媒体、この装置のカーネルログを確かめてください。',
  },
  DISK_NOT_A_DISK: {
    message: '{path} はブロックデバイスでも通常のファイルでもありません',
    hint: '"nacre disk list" が示すディスクか、イメージファイルを指定してください。',
  },
  DISK_NOT_FOUND: {
    message: '{path} はありません',
    hint: '"nacre disk list" が示すディスクか、イメージファイルを指定してください。',
  },
  DISK_NO_PARTITION: {
    message: '{path} にパーティション {number} はありません (あるもの: {present})',
    hint: '"nacre disk show {path}" でパーティションを確認してください。',
  },
  DISK_PARTITION_TOO_SMALL: {
    message:
      '{path} のパーティション {number} は {sizeBytes} バイトですが、イメージには {neededBytes} バイト必要です',
    hint: '先にパーティションを大きくするか、別のパーティションを選んでください。復元ではボリュームを縮小できません。',
  },
  DISK_PERMISSION: {
    message: '{path} に対する権限がありません({action})',
    hint: 'root、またはこのディスクに対する権限({action})を持つ利用者で実行してください。',
  },
  DISK_READ_BACK: {
    message: '{path} の位置 {offset} に、書いた内容がありません({what})',
    hint: '媒体が故障しているか、容量を偽っています。使用をやめ、カーネルログを確かめてください。',
  },
  DISK_READ_ONLY: {
    message: '{path} は読み取り専用です',
    hint: '書き込み禁止を解除するか(カードのスイッチ、"blockdev --setrw")、別のディスクを選んでください。',
  },
  DISK_SECTOR_SIZE: {
    message: '{path} のセクターは {sectorSize} バイトですが、{neededSectorSize} バイトが必要です',
    hint: '同じセクターサイズのディスクを選んでください。イメージファイルには正しい --sector-size を指定します。',
  },
  DISK_STRUCTURE: {
    message: '読み取ったデータが矛盾しています: {what}',
    hint: '示されたボリュームをそのツールで検査してください。イメージの場合は "nacre store check" を実行してください。',
  },
  DISK_TABLE_DAMAGED: {
    message: '{path} のパーティションテーブルが壊れています: {reason}',
    hint: '先に修復するか(損傷は "sgdisk --verify" や "sfdisk --verify" が示します)、正しい --sector-size を指定してください。',
  },
  DISK_TABLE_INVALID: {
    message: 'このパーティションテーブルは書けません: {reason}',
    hint: '示された項目を直してください。現在のディスクは "nacre disk show" で見られます。',
  },
  DISK_TOO_SMALL: {
    message: '{path} は {sizeBytes} バイトですが、{neededBytes} バイトが必要です',
    hint: 'より大きいディスクを選んでください。',
  },
  DISK_VANISHED: {
    message: '{path} が使用中になくなりました: {reason}',
    hint: 'ディスクをつなぎ直し、ケーブルとカーネルログを確かめて、同じコマンドをもう一度実行してください。',
  },
  FAT_DIRECTORY_FULL: {
    message: '{path} の項目を置く場所がフォルダーにありません',
    hint: 'そのフォルダーのファイルを減らすか、別のフォルダーに置いてください。',
  },
  FAT_FILE_TOO_LARGE: {
    message: 'FAT のファイルは {neededBytes} バイトにできません(最大 {mostBytes})',
    hint: '分割してください。',
  },
  FAT_FOLDER_NOT_EMPTY: {
    message: '{path} は空でないフォルダーです',
    hint: '先に中のファイルを削除してください。',
  },
  FAT_FULL: {
    message: 'FAT ボリュームに空きがありません: 必要 {neededBytes} バイト、空き {freeBytes} バイト',
    hint: '空きを作るか、より大きいパーティションを使ってください。',
  },
  FAT_NAME_INVALID: {
    message: '"{name}" は FAT の名前にできません: {reason}',
    hint: '別の名前にしてください。',
  },
  FAT_NOT_A_FILE: {
    message: '{path} はファイルではありません',
    hint: 'ファイルを指定してください。',
  },
  FAT_NOT_A_FOLDER: {
    message: '{path} の途中はフォルダーではなくファイルです',
    hint: 'パスを直してください。',
  },
  FAT_NOT_FOUND: {
    message: '{path} は FAT ボリュームにありません',
    hint: 'パスを直してください。',
  },
  FAT_SIZE_UNFIT: {
    message:
      '{type} は {sizeBytes} バイト(セクター {sectorSize})に合いません: クラスター {clusters} 個、必要 {least} から {most} 個',
    hint: '大きさか種類を変えてください。',
  },
  IMAGE_AMBIGUOUS: {
    message: '{image} は {count} 個のバージョンに当てはまります: {ids}',
    hint: 'ID の桁をもっと多く指定してください。',
  },
  IMAGE_CHUNK_DAMAGED: {
    message:
      'パーティション {partition} のチャンク {chunk} が壊れています({pack} の位置 {packOffset}): 期待値 {expected}、実際 {found}',
    hint: '示されたパックを "nacre store sync --check" で別の保存先から取り直してください。',
  },
  IMAGE_CHUNK_MISSING: {
    message: 'パーティション {partition} のチャンク {chunk} がどのパックにもありません: {digest}',
    hint: '"nacre store check" を実行し、このバージョンの足りないパックを別の保存先から取ってください。',
  },
  IMAGE_DIGESTS_DIFFER: {
    message:
      'バージョンを比べられません。一方のダイジェストは種類 {from}、もう一方は種類 {to} です',
    hint: 'どちらかをもう一方と同じダイジェストで取り込み直してください。',
  },
  IMAGE_EXISTS: {
    message: 'イメージ {image} はすでにあります (ごみ箱を含めバージョン {versions} 個)',
    hint: '別の名前を指定してください。何も変更していません。',
  },
  IMAGE_FORMAT: {
    message: '{part} がイメージ形式に反しています: {field} は {found} ですが、{needed} が必要です',
    hint: '"nacre store check" を実行し、壊れたファイルを別の保存先から取り直してください。',
  },
  IMAGE_FORMAT_VERSION: {
    message: '{part} の形式の版は {found} ですが、このプログラムが読めるのは版 {known} です',
    hint: 'このイメージには、より新しい nacre を使ってください。',
  },
  IMAGE_GROW_WHOLE_DISK: {
    message: '個々のパーティションの復元では拡張できません',
    hint: '--grow を外すか、ディスク全体を復元してください。',
  },
  IMAGE_IN_BIN: {
    message: '{image} はごみ箱にあります: バージョン {id}',
    hint: '"nacre image bin restore" で戻すか、別のバージョンを指定してください。',
  },
  IMAGE_KEY_INVALID: {
    message: 'PEM 形式の Ed25519 鍵({kind})ではありません: {reason}',
    hint: '鍵の対は "nacre key make FILE" で作れます。公開鍵は --trust、秘密鍵は --sign に使います。',
  },
  IMAGE_MANIFEST_DAMAGED: {
    message: 'バージョン {id} のマニフェストが壊れています: {reason}',
    hint: '"nacre store sync" で別の保存先から取り直してください。',
  },
  IMAGE_NAME: {
    message: '"{found}" はイメージの名前ではありません: {needed} が必要です',
    hint: 'IMAGE は NAME、NAME@ID、NAME:LABEL のいずれかです。',
  },
  IMAGE_NOT_FOUND: {
    message: '{store} に {image} はありません',
    hint: '{near}一覧は "nacre image list" にあります。',
  },
  IMAGE_NO_EARLIER: {
    message: '{image} のラベル {label} には、戻せる以前のバージョンがありません',
    hint: '履歴は "nacre image labels {image}" で確認できます。"nacre image label {image}@ID {label}" で任意の場所に移せます。',
  },
  IMAGE_NO_PARTITION: {
    message: 'イメージ {image} にパーティション {number} はありません (あるもの: {present})',
    hint: '"nacre image inspect {image}" でパーティションを確認してください。',
  },
  IMAGE_OTHER_MACHINE: {
    message: 'イメージ "{image}" の対象は {machines} ですが、この機種は "{found}" です',
    hint: 'この機種用のイメージを使ってください。この機種にも使えるものなら、両方を --machine に指定して取り込み直してください。',
  },
  IMAGE_READ_BACK: {
    message:
      '{path} がパーティション {partition} に書いた内容を返しません: ディスクの位置 {diskOffset} から {length} バイトのダイジェストは {found}、期待値は {expected}',
    hint: '媒体が故障しています。カーネルログを確かめ、復元し直す前に交換してください。',
  },
  IMAGE_SOURCE_CHANGED: {
    message: '読み取り中に {path} が変更されました (前: {before}、後: {after})',
    hint: '書き込んでいるものを止めて (アンマウント、プログラムの終了)、もう一度取り込んでください。何も公開されていません。',
  },
  IMAGE_SOURCE_DAMAGED: {
    message: '{path} のパーティション {partition}: {fileSystem} の構造が壊れています: {reason}',
    hint: 'そのツール (chkdsk、e2fsck、fsck.fat) で修復するか、--force-raw で全ブロックを取り込んでください。',
  },
  IMAGE_SOURCE_DIRTY: {
    message:
      '{path} のパーティション {partition}: {fileSystem} ボリュームは正しく閉じられていません: {reason}',
    hint: 'そのシステムを起動してシャットダウンするか、検査 (chkdsk /f、fsck) するか、--force-raw で全ブロックを取り込んでください。',
  },
  IMAGE_SOURCE_HIBERNATED: {
    message:
      '{path} のパーティション {partition}: {fileSystem} ボリュームは休止状態のシステムのものです: {reason}',
    hint: 'Windows を起動して "shutdown /s /t 0" でシャットダウンする (高速スタートアップは無効に) か、--force-raw で全ブロックを取り込んでください。',
  },
  IMAGE_SOURCE_JOURNAL: {
    message:
      '{path} のパーティション {partition}: {fileSystem} ボリュームのジャーナルが書き戻されていません: {reason}',
    hint: 'ボリュームを一度マウントしてアンマウントするか、fsck を実行するか、--force-raw で全ブロックを取り込んでください。',
  },
  IMAGE_SOURCE_UNREADABLE: {
    message:
      '{path} の位置 {diskOffset} にあるパーティション {partition} のチャンク {chunk} を読めません: {reason}',
    hint: '読める部分は --skip-bad で保存できます。読めない場所はイメージに記録されます。',
  },
  IMAGE_SOURCE_UNSUPPORTED: {
    message:
      '{path} のパーティション {partition}: {fileSystem} ボリュームはここで知られていないものを使っています: {reason}',
    hint: '--force-raw で全ブロックを取り込んでください。',
  },
  IMAGE_TARGET_IO: {
    message:
      '{path} のパーティション {partition} で入出力に失敗しました({action}、ディスクの位置 {diskOffset} から {length} バイト): {reason}',
    hint: 'ディスクが故障しかけています。カーネルログとケーブルを確かめ、もう一度実行してください。正しく書かれた部分は残ります。再び失敗するならディスクを交換してください。',
  },
  IMAGE_UNSIGNED: {
    message: 'イメージ {image} には署名がありません',
    hint: '"nacre image capture --sign KEY" で署名してください。--unsigned を指定すると、端末は署名のないイメージも受け入れます。',
  },
  IMAGE_UNTRUSTED: {
    message: 'バージョン {id} に信頼する鍵の署名がありません: {reason}(信頼する鍵: {keys})',
    hint: 'リリース用の鍵で署名してもらうか、正しい公開鍵を --trust に指定してください。',
  },
  IMAGING_PENDING: {
    message: '{path} にはジョブ {cmdid} がすでに予約されています',
    hint: '装置に Merlin を起動させて完了させるか、"nacre boot state {path} --set mode=os --set cmdid=" で取り消してください。',
  },
  JOB_BACKUP_MISSING: {
    message: '{device} には {image}@{version} の完全で検証済みのバックアップがありません',
    hint: 'バックアップパーティションへのダウンロード (--bi) とイメージング (--pi) の両方を選んでください。',
  },
  JOB_DEADLINE: {
    message: '状態 {state} のまま {seconds} 秒間連絡がありません',
    hint: '端末が動作し、マネージャーに接続できるか確認してください。連絡が戻れば作業は続きます。再実行: nacre job retry {job}',
  },
  JOB_DEVICE_BUSY: {
    message: '{device} には作業 {job} (状態 {state}) がすでにあります',
    hint: '終了を待つか、取り消してください: nacre job cancel {job}',
  },
  JOB_DEVICE_SILENT: {
    message: '{device} の最終接続は {lastSeenAt} で、{days} 日以上前です',
    hint: '電源を入れてマネージャーへの接続を確認するか、登録を削除してください: nacre device forget {device}',
  },
  JOB_DEVICE_STATE: {
    message: '{device} の状態は {state} です。承認済みの端末だけが作業を受け取れます',
    hint: '確認して承認してください: nacre device approve {device}',
  },
  JOB_NONE_ELIGIBLE: {
    message: '対象 {count} 台のうち、この作業を受け取れる端末はありません。最初の理由: {reason}',
    hint: '同じオプションの nacre job plan で全ての理由を確認できます。',
  },
  JOB_NOT_AUTOGENIC: {
    message: 'パッケージ {image} は Autogenic Capable ではありません',
    hint: 'バックアップパーティションへの使用を許可してください: nacre package autogenic {image}',
  },
  JOB_NOT_CONFIRMED: {
    message: '確認されなかったため、{image} の作業 {count} 件は作成されませんでした',
    hint: '計画を確認し(同じオプションで nacre job plan)、--yes を付けて実行してください。',
  },
  JOB_NOT_SUPPORTED: {
    message: '{device} は SupportImgBackup = 0 です。バックアップパーティションを使用できません',
    hint: 'エージェントのログで理由を確認してください。',
  },
  JOB_NO_BACKUP_PARTITION: {
    message: '{device} にはバックアップパーティションがありません',
    hint: '先にレイアウトを作成してください: ネットワークからレイアウトとバックアップ付きでイメージングします。',
  },
  JOB_NO_BOOT_AGENT: {
    message: '{device} には起動判定ブロックを持つブートエージェントパーティションがありません',
    hint: '先にレイアウトを作成してください: ネットワークからレイアウトとバックアップ付きでイメージングします。',
  },
  JOB_NO_CARD: {
    message: '{device} を起動時に識別できるネットワークカードも UUID もありません',
    hint: '一度ネットワークから起動するか、同じ値を示す他の端末を削除してください。',
  },
  JOB_NO_CHECK_IN: {
    message: '{device} はまだチェックインしていません',
    hint: 'エージェントを導入するか、最初のチェックインを待ってください。',
  },
  JOB_OTHER_FIRMWARE: {
    message: '{device} は {firmware} で起動しますが、レイアウト {layout} には {needed} が必要です',
    hint: 'UEFI には uefi、BIOS には xpe、wes2009、wes7 を選んでください。',
  },
  JOB_STARTS_FROM_NETWORK: {
    message: '{device} はネットワークから先に起動し、エージェントでは変更できません',
    hint: 'ファームウェア(BIOS)の設定でディスクをネットワークより先にし、一度起動してチェックインさせてください。',
  },
  JOB_STATE: {
    message: '作業 {job} の状態は {state} で、{event} はできません',
    hint: '状態を確認してください: nacre job show {job}',
  },
  JOB_TOO_LARGE: {
    message:
      '{image}@{version} には {neededBytes} バイト必要ですが、{device} のバックアップパーティションは {sizeBytes} バイトです',
    hint: '小さいイメージを使うか、より大きいバックアップパーティションのレイアウトにしてください。',
  },
  KEPT_FILES_UNSUPPORTED: {
    message:
      '{path} のパーティション {number} には保持ファイルを書き込めません: 内容は {fileSystem} です',
    hint: 'NTFS と ext2、ext3、ext4 に書き込めます。この装置では "nacre backup keep DISK --none" を使ってください。',
  },
  KEPT_FILE_DAMAGED: {
    message: '{location} にある保持ファイル {path} の内容が壊れています: {reason}',
    hint: '"nacre backup keep DISK --from LIST" で保存し直してください。OS 自体は影響を受けません。',
  },
  LAYOUT_BACKUP_FIXED: {
    message:
      '4096 MB を超えるディスクでは、ベンダーの規則によりバックアップパーティションは {neededMb} MB です({backupMb} MB は指定できません)',
    hint: '--policy auto を使うか、--backup-size を省いてください。',
  },
  LAYOUT_BOOT_FILES_NO_ROOM: {
    message:
      'ブートエージェントパーティションでイメージのブートファイルに使えるのは {mostBytes} バイトですが、{neededBytes} バイト以上必要です',
    hint: '--policy auto を使ってください。ブートエージェントパーティションは 64 MB になります。',
  },
  LAYOUT_KEEP_LOGICAL: {
    message:
      '{path} のパーティション {number} は残せません: {kind} パーティションです(レイアウトは基本パーティションだけで構成されます)',
    hint: '内容を別の場所に保存し、--keep には基本パーティションだけを指定してください。',
  },
  LAYOUT_KEEP_TABLE: {
    message:
      '{path} のパーティション {number} は残せません: ディスクのテーブルは {table}、レイアウトに必要なのは {needed} です',
    hint: '同じ種類のテーブルのレイアウトを選ぶか、内容を別の場所に保存してください。',
  },
  LAYOUT_MERLIN_NO_ROOM: {
    message:
      '{partition} パーティションは {sizeBytes} バイトですが、ディスクの起動と修復に必要なものに {neededBytes} バイト必要です',
    hint: '十分な領域を取る --policy auto か、小さいイメージを使ってください。署名付きローダーには UEFI で auto が取る 64 MB が必要です。',
  },
  LAYOUT_NO_LOADER: {
    message:
      'イメージ "{image}" には UEFI が起動できるものがありません: 起動ファイルに {lookedFor} のどれもありません',
    hint: 'UEFI 用にインストールしたシステムを EFI システムパーティションごと取り込むか、BIOS のレイアウト (wes7) を選んでください。',
  },
  LAYOUT_NO_PLACE: {
    message:
      'パーティションには順に {neededBytes} バイト必要ですが、残す {keptCount} 個のパーティションの間は合計 {freeBytes} バイト、連続では最大 {largestBytes} バイトです',
    hint: '残すパーティションを減らすか、別のレイアウトか小さいバックアップパーティションを選んでください。',
  },
  LAYOUT_NO_ROOM: {
    message:
      '{partition} パーティションの場所がありません: 必要 {neededMb} MB、残り {availableMb} MB',
    hint: 'より大きいディスクか小さいイメージを使うか、バックアップパーティションを小さくしてください。',
  },
  LAYOUT_OS_UNCLEAR: {
    message: 'イメージ {image} のどのパーティションが OS か決められません。候補: {candidates}',
    hint: '--os-partition N で指定してください。"nacre image inspect" で全パーティションを確認できます。',
  },
  LAYOUT_SECTOR_SIZE: {
    message:
      '{path} にはレイアウト {layout} を作れません: BIOS は {sectorSize} バイトセクターのディスクから起動しません',
    hint: 'レイアウト uefi を使ってください。',
  },
  LAYOUT_TOO_MANY: {
    message:
      'レイアウトには {needed} 個のパーティションが必要です(うち残すもの {keptCount} 個)。テーブルに入るのは {slots} 個です',
    hint: '残すパーティションを減らすか、書き込みキャッシュを省いてください。',
  },
  LAYOUT_WRITE_CACHE_SMALL: {
    message:
      '書き込みキャッシュ {writeCacheBytes} バイトは小さすぎます。{neededBytes} バイトが必要です',
    hint: 'より大きいサイズを指定してください。OS パーティションの1割が目安です。',
  },
  MANAGER_ADDRESS: {
    message: '{server} はマネージャーのアドレスではありません',
    hint: 'https://名前:ポート の形で指定してください(例 https://manager.example:30806)。',
  },
  MANAGER_AMBIGUOUS: {
    message: '{name} に該当する端末が {count} 台あります: {ids}',
    hint: 'ID または指紋をより長く指定してください。',
  },
  MANAGER_ANSWER: {
    message: '{server} の {path} への応答がマネージャーのものではありません: {reason}',
    hint: 'アドレスを確認してください。途中のプロキシが応答していることもあります。マネージャーとコマンドの版が異なる場合は揃えてください。',
  },
  MANAGER_BACKUP_INVALID: {
    message: '{path} はマネージャーのバックアップではありません: {reason}',
    hint: '"nacre manager backup" で作成したファイルを指定してください。',
  },
  MANAGER_CERTIFICATE: {
    message: '{server} の証明書は信頼されていません: {reason}',
    hint: 'マネージャーが起動時に表示したピンを指定してください: nacre login --server {server} --pin sha256:HEX',
  },
  MANAGER_CSV: {
    message: '{line} 行目、列 {column}: {reason}',
    hint: 'その行を訂正してください。何も取り込んでいません。例は docs/manager.md にあります。',
  },
  MANAGER_DATABASE_BUSY: {
    message: 'データベース {place} は使用中です: {reason}',
    hint: 'バックアップなど別のプログラムが使用しています。再試行し、続く場合はファイルを開いているプロセスを調べてください(fuser)。',
  },
  MANAGER_DATABASE_CORRUPT: {
    message: 'データベース {place} は破損しています: {reason}',
    hint: 'マネージャーを停止し、ファイルを保管したうえで最後のバックアップに戻してください: nacre manager restore FILE --replace',
  },
  MANAGER_DATABASE_EXISTS: {
    message: 'データベースが既にあります: {place}',
    hint: '--replace を付けてください(既存のファイルは別名で残ります)。PostgreSQL の場合は空のデータベースを作成してください(createdb)。',
  },
  MANAGER_DATABASE_FOREIGN: {
    message: '{place} は他のプログラムのデータベースです',
    hint: '--data で別のフォルダーを、または DATABASE_URL で別のデータベースを指定してください。',
  },
  MANAGER_DATABASE_FULL: {
    message: 'データベース {place} の空き容量がありません: {reason}',
    hint: 'そのファイルシステムの空きを作ってください。マネージャーは自動で再開します。応答済みの内容は失われていません。',
  },
  MANAGER_DATABASE_IO: {
    message: 'データベース {place} を使用できません: {reason}',
    hint: 'フォルダーの有無、書き込み権限、ディスクのエラー(カーネルログ)を確認してください。',
  },
  MANAGER_DATABASE_MISSING: {
    message: 'データベース {place} がありません',
    hint: 'マネージャーのデータフォルダーを --data で指定し、実行ユーザーで試してください。新規作成は "nacre manager serve" が行います。',
  },
  MANAGER_DATABASE_NEWER: {
    message: 'データベース {place} は新しい版のものです(表の番号 {found}、この版は {known} まで)',
    hint: '新しい版を使うか、この版で作ったバックアップを復元してください。',
  },
  MANAGER_DATABASE_UNREACHABLE: {
    message: 'データベース {place} が応答しません: {reason}',
    hint: 'PostgreSQL が動作しているか、DATABASE_URL が正しいかを確認してください: psql "$DATABASE_URL" -c "select 1"',
  },
  MANAGER_DEVICE_STATE: {
    message: '{device} の状態は {state} で、{event} はできません',
    hint: '状態を確認してください: nacre device show {device}',
  },
  MANAGER_DEVICE_UNKNOWN: {
    message: '鍵 {fingerprint} の端末は登録されていません',
    hint: '端末で登録してください: nacre agent enroll URL',
  },
  MANAGER_ENROLMENT_REFUSED: {
    message: '端末を登録できません: {reason}',
    hint: 'エージェントとマネージャーの版、およびエージェントが持つピンを確認してください。',
  },
  MANAGER_EXISTS: {
    message: '{what} {name} は既にあります',
    hint: '別の名前にするか、既存のものを変更してください。',
  },
  MANAGER_FAILED: {
    message: 'マネージャーで障害が発生しました。理由はログの request {request} にあります',
    hint: 'マネージャーのログを確認してください。不具合であればその行を添えて報告してください。',
  },
  MANAGER_FORBIDDEN: {
    message: '{user} にはこの操作の権限がありません(現在 {has}、必要 {needed})',
    hint: '管理者に権限を依頼するか、必要なスコープのトークンを作成してください。',
  },
  MANAGER_INPUT_INVALID: {
    message: '{field} が正しくありません: {reason}',
    hint: '訂正してください。受け付ける内容はマネージャーの /api/docs にあります。',
  },
  MANAGER_IN_USE: {
    message: '{what} {name} は使用中です: {users}',
    hint: '先に該当の端末を別のイメージにし、作業の終了を待つか取り消してください。',
  },
  MANAGER_JOIN_CODE: {
    message: '参加コードが正しくないか、使用済みか、期限切れです',
    hint: '新しいコードを作成してください: nacre join-code make。コードなしの場合は承認待ちになります。',
  },
  MANAGER_KEYS_UNUSABLE: {
    message: '{place} の鍵を使用できません: {reason}',
    hint: '最後のバックアップを復元してください。新しい鍵にすると、このマネージャーを知る端末がすべて接続できなくなります。',
  },
  MANAGER_LAST_ADMINISTRATOR: {
    message: '{name} は唯一の管理者です',
    hint: '先に別の管理者を作成してください: nacre user add NAME --role administrator',
  },
  MANAGER_LOGIN_FAILED: {
    message: '{user} の名前またはパスワードが違います',
    hint: 'もう一度試してください。マネージャーの機械では nacre manager user password {user} で再設定できます。',
  },
  MANAGER_LOGIN_NEEDED: {
    message: 'ログインが必要です',
    hint: 'ログインしてください: nacre login --server URL',
  },
  MANAGER_NOT_FOUND: {
    message: '{what} {name} はありません',
    hint: '一覧で確認してください。',
  },
  MANAGER_NUMBER_TOO_LARGE: {
    message: '{column} は {value} で、扱える上限(2^53)を超えています',
    hint: 'この行は本プログラムが書いたものではありません。データベースで確認してください。',
  },
  MANAGER_OVERLOADED: {
    message: '{what} が集中しています',
    hint: '数秒後に再試行してください。',
  },
  MANAGER_PASSWORD_WEAK: {
    message: 'パスワードは {length} 文字です。{least} 〜 {most} 文字が必要です',
    hint: '長いものにしてください。単語を4〜5個並べると入力しやすくなります。',
  },
  MANAGER_PIN: {
    message: '{server} の鍵がピンと異なります(実際 sha256:{found}、必要 sha256:{needed})',
    hint: 'マネージャーが作り直されたかを管理者に確認し、新しいピンでログイン(装置は登録)してください。それまで何も送信しません。',
  },
  MANAGER_PORT_DENIED: {
    message: '{protocol} ポート {port} を開く権限がありません',
    hint: '--listen で 1024 以上のポートを指定するか、サービスに権限を与えてください: AmbientCapabilities=CAP_NET_BIND_SERVICE。',
  },
  MANAGER_PORT_TAKEN: {
    message: '{protocol} ポート {port} は別のプログラムが使用しています: {owner}',
    hint: 'そのプログラムを停止するか、別のポートを指定してください: --listen ADDRESS:PORT',
  },
  MANAGER_REQUEST_FORGED: {
    message: 'ブラウザーの Cookie による変更にはヘッダー {header} が必要です',
    hint: 'プログラムではトークンを使用してください。ブラウザーからはマネージャー自身のページだけが変更を送信できます。',
  },
  MANAGER_REQUEST_TOO_LARGE: {
    message: '要求が {mostBytes} バイトを超えています',
    hint: '分割して送信してください。',
  },
  MANAGER_RUNS: {
    message:
      'このデータフォルダーのマネージャーが既に動作しています: プロセス {pid}、開始 {since}({path})',
    hint: '先に停止するか、--data で別のフォルダーを指定してください。複数のマネージャーは PostgreSQL で共有できますが、ファイルは共有できません。',
  },
  MANAGER_SERVER_MISSING: {
    message: 'マネージャーが指定されていません',
    hint: '一度ログインしてください: nacre login --server https://NAME:30806 --pin sha256:HEX',
  },
  MANAGER_TOO_MANY_TRIES: {
    message: 'ログインの失敗が多すぎます。次の試行は {seconds} 秒後です',
    hint: 'お待ちください。マネージャーの機械では nacre manager user password NAME で再設定できます。',
  },
  MANAGER_UNREACHABLE: {
    message: 'マネージャー {server} が応答しません: {reason}',
    hint: 'アドレスとネットワーク、およびその機械で systemctl status nacre-manager を確認してください。',
  },
  MERLIN_MEMORY: {
    message:
      'Merlin には空きメモリーが {neededMib} MiB 必要ですが、この機械には {freeMib} MiB しかありません',
    hint: 'メモリーを増やしてください。Merlin は 192 MiB(UEFI では 512 MiB)で動きます。',
  },
  MERLIN_NOTHING_TO_REPAIR: {
    message: 'この機械のどのディスクにもブートエージェントパーティションがなく、修復できません',
    hint: 'サーバーのポリシーに action = "image" とレイアウトの行を書き、イメージを書き込んでください。',
  },
  MERLIN_NO_DISK: {
    message: '指示の対象は {wanted} ですが、この機械にあるのは {present} です',
    hint: 'ディスクのケーブルと BIOS の設定を確認するか、ポリシーで別のディスクを指定してください。',
  },
  MERLIN_NO_NETWORK: {
    message: 'DHCP サーバーからアドレスを取得できませんでした({found})',
    hint: 'ケーブルとスイッチのポート、DHCP サーバーのアドレスの残りを確認してください。メニューからハードウェア情報を表示できます。',
  },
  MERLIN_SERVER_ANSWER: {
    message: '{server} の応答を Merlin は理解できません({reason})',
    hint: 'サーバーと Merlin の版が異なります。サーバーで "nacre boot build" を実行し、この機械を再起動してください。',
  },
  MERLIN_SERVER_FULL: {
    message: '{server} のストアに取り込みのための空きがありません({reason})',
    hint: 'サーバーで空きを作り("nacre store gc")、この機械を再起動してください。届いた分は残っています。',
  },
  MERLIN_SERVER_REFUSED: {
    message: '{server} は Merlin の要求を拒否しました({reason})',
    hint: 'サーバーで "nacre pxe explain MAC" を実行してこの機械の状態を確認し、再起動してください。',
  },
  MERLIN_SEVERAL_DISKS: {
    message: '指示にディスクの指定がなく、この機械には複数のディスクがあります: {disks}',
    hint: 'ポリシーでシリアル番号によりディスクを指定するか、他のディスクを取り外してください。',
  },
  OS_NEVER_REPORTED: {
    message: '{image} の OS は3回起動しましたが、一度も報告がありませんでした',
    hint: 'イメージを確認してください。OS がエージェントの起動まで到達していません。以前の世代があれば、装置はその世代に戻っています。',
  },
  OS_START_NOT_FOUND: {
    message:
      '{path} のパーティション {number} の OS を起動できるものがありません: 書き込みは済みましたが、{lookedFor} のどれもありません',
    hint: 'GRUB などのローダーを持つシステムを取り込み、もう一度レイアウトを適用してください。それまでこの端末は Merlin を起動します。',
  },
  PACKAGE_BOOT_FILES: {
    message: '{path} に {missing} がありません。PXE を使わない端末のためにパッケージに必要です',
    hint: '"nacre boot build --out DIR" でブートファイルを作り、そのフォルダーを --boot DIR で指定してください。',
  },
  PACKAGE_EXISTS: {
    message: '{path} はすでにあり、空のフォルダーではありません',
    hint: '新しいフォルダーを指定してください。上書きはしません。',
  },
  PACKAGE_FOLDER: {
    message: '{path} は取り込めるパッケージではありません: {reason}',
    hint: 'パッケージには NAME.rsp が1つと、その隣または NAME フォルダーにイメージファイルが1つ必要です。イメージファイルだけなら "nacre image convert FILE NAME" を使ってください。',
  },
  PACKAGE_NUMBER: {
    message: 'パッケージ {path} の Number={number} はイメージの名前にできません',
    hint: '"nacre image convert {path} NAME" で名前(a-z 0-9 . _ - を 1 から 64 文字)を指定してください。',
  },
  PACKAGE_PATH: {
    message: '{script} がパッケージの外のファイルを指しています: {text}',
    hint: 'その手順のパスを直してください。パッケージからの相対パスで、ドライブ文字と ".." は使えません。',
  },
  PARTCLONE_DAMAGED: {
    message:
      'partclone イメージが位置 {offset} で壊れています: {field} は {found} ですが、{expected} のはずです',
    hint: '元の場所から取り直してください。そこでは "partclone.chkimg -s IMAGE" で検査できます。',
  },
  PARTCLONE_TRUNCATED: {
    message:
      'partclone イメージが {structure} の途中、位置 {offset} で終わっています: 少なくともあと {missing} バイト必要です',
    hint: 'イメージをコピーし直してください。.aa、.ab のような分割ファイルは先に "cat" でつなぎます。',
  },
  PARTCLONE_UNSUPPORTED: {
    message: '{what} を使う partclone イメージは読めません',
    hint: 'ボリュームと同じ大きさのファイルを作り("partclone.info -s IMAGE" のブロック数×ブロックサイズ、"truncate -s BYTES volume.raw")、"partclone.restore -C -s IMAGE -O volume.raw" で復元して volume.raw を変換してください。',
  },
  PXE_INTERFACE_UNKNOWN: {
    message:
      '{interface} というインターフェースに IPv4 アドレスはありません(あるもの: {interfaces})',
    hint: 'その中から名前またはアドレスで指定してください。ケーブルのつながっていないものは含まれません。',
  },
  PXE_KEY_UNUSABLE: {
    message: '{path} はサーバーの鍵として使えません: {reason}',
    hint: '控えから元に戻してください。ファイルを削除して新しい鍵にすると、古い鍵を知る USB メディアや端末からは接続できなくなります。',
  },
  PXE_LEASES_DAMAGED: {
    message: '{path} のリース情報を読めません: {reason}',
    hint: 'ファイルを別の場所に移してください。動作中の端末は更新の時まで今のアドレスを使い、その後は別のアドレスになることがあります。',
  },
  PXE_MESSAGE_REFUSED: {
    message: 'サーバーがメッセージを受け付けません: {reason}',
    hint: '端末とサーバーの Nacre の版が違うか、別のプログラムがこのポートに接続しています。',
  },
  PXE_NO_INTERFACE: {
    message:
      '端末から届く IPv4 アドレスを持つネットワークインターフェースがありません(あるもの: {interfaces})',
    hint: '端末側のインターフェースにアドレスを付けてください。例: "ip address add 10.77.0.1/24 dev INTERFACE"。ケーブルがつながっていないと数えられません。',
  },
  PXE_ORDER_ATTEMPTS: {
    message: '指示 {order} は {device} に {attempts} 回渡されましたが、完了の報告がありません',
    hint: '端末の画面で原因を確認してください。その後、ポリシーの該当行に order = "…" で別の語を書くと、新しい指示になります。',
  },
  PXE_ORDER_DAMAGED: {
    message: '{device} への指示の記録を読めません: {path}: {reason}',
    hint: '端末は自分のディスクから起動します。もう一度イメージを書き込んでよければ、ファイルを削除し、サーバーを起動し直してください。',
  },
  PXE_ORDER_NEVER_STARTED: {
    message:
      '指示 {order}: {device} は {offers} 回続けて Merlin の読み込みを案内されましたが、Merlin からの要求がありません',
    hint: '起動中の画面を確認してください(メモリー不足: Merlin には 192 MiB、UEFI では 512 MiB が必要。ドライバーのないネットワークカード。ファイアウォール)。その後、ポリシーの該当行に order = "…" で別の語を書くと、新しい指示になります。',
  },
  PXE_ORDER_REFUSED: {
    message: '{device} の指示 {order} は "{event}" を受け付けません: {reason}',
    hint: '何も変更していません。端末をもう一度ネットワークから起動してください。残っている指示があれば、改めて渡されます。',
  },
  PXE_ORDER_WITHDRAWN: {
    message: '{device} の指示 {order} は、端末が始める前に取り消されました',
    hint: '何も書き込まれていません。必要なら新しい指示を作成してください。',
  },
  PXE_POLICY_INVALID: {
    message: '{file}: {key} が "{found}" です。{needed} でなければなりません',
    hint: '修正してください。すべてのキーは docs/network-boot.md にあります。それまでは、有効だったポリシーがそのまま使われます。',
  },
  PXE_POLICY_UNREADABLE: {
    message: '{file} をポリシーとして読めません({line} 行目): {reason}',
    hint: 'その行を修正してください。例は docs/network-boot.md にあります。それまでは、有効だったポリシーがそのまま使われます。',
  },
  PXE_PORT_DENIED: {
    message: 'このユーザーは {protocol} ポート {port} を開けません',
    hint: 'root で実行するか、サービスに権限を付けてください: AmbientCapabilities=CAP_NET_BIND_SERVICE',
  },
  PXE_PORT_TAKEN: {
    message: '{protocol} ポート {port} は別のプログラムが使用中です: {owner}',
    hint: 'そのプログラムを止めるか、別のインターフェースだけで動かしてください。1 台に 2 つのネットワークブートサーバーは共存できません。',
  },
  PXE_RANGE_INVALID: {
    message: '"{range}" は割り当てるアドレスの範囲として使えません',
    hint: '10.77.0.100-10.77.0.200(小さい方を先に)または 10.77.0.0/24 の形で指定してください。最大 {limit} 個で、自身のアドレスだけの範囲は使えません。',
  },
  PXE_RANGE_OUTSIDE: {
    message: '{first} から {last} は対象インターフェースのネットワークにありません({interfaces})',
    hint: 'これらのネットワークのアドレスを割り当てるか、インターフェースにそのネットワークのアドレスを付けてください。',
  },
  PXE_SERVICE_RUNS: {
    message:
      'このデータフォルダーのサービスが既に動いています: プロセス {pid}、{startedAt} から({path})',
    hint: '先にそちらを止めるか、--data FOLDER で別のフォルダーを指定してください。',
  },
  PXE_SEVERAL_INTERFACES: {
    message: 'IPv4 アドレスを持つインターフェースが複数あります: {interfaces}',
    hint: '端末側のものを --interface NAME で指定してください。複数指定できます。',
  },
  PXE_SIGHTINGS_DAMAGED: {
    message: '{path} から端末の記録を読めません: {reason}',
    hint: 'ファイルを削除してください。以後の要求から記録し直します。',
  },
  PXE_SIGN_UNUSABLE: {
    message: '{file} で署名できません: {reason}',
    hint: 'ポリシーの sign が示す場所に秘密鍵(PEM、Ed25519)を置いてください。',
  },
  PXE_TICKET_REFUSED: {
    message: '指示 {order} の控えは最後に渡したものではありません',
    hint: '端末をもう一度ネットワークから起動してください。指示が残っていれば新しい控えが渡されます。',
  },
  PXE_TRUST_UNUSABLE: {
    message: '{file} はイメージの検証に使える鍵ではありません: {reason}',
    hint: '公開鍵(PEM、Ed25519)を置くか、ポリシーの trust = "…" で別のファイルを指定し、行に order = "2"(別の語)を書いてください。',
  },
  REPOSITORY_IN_USE: {
    message: 'リポジトリ {name} は {subnets} の端末が使用中です',
    hint: '先に該当のサブネットの指定を変えてください: nacre subnet set CIDR。',
  },
  RSP_SYNTAX: {
    message:
      '{script} の {line} 行 {column} 桁を読めません: {found} がありますが、{expected} のはずです',
    hint: 'その箇所を直してください。スクリプトに書けるものは docs/convert.md にあります。',
  },
  RSP_TOO_LARGE: {
    message:
      '{script} は {sizeBytes} バイトありますが、パッケージスクリプトは最大 {maximumBytes} バイトです',
    hint: 'イメージファイルではなく、パッケージスクリプトのあるフォルダーを指定してください。',
  },
  RSP_UNWRITABLE: {
    message: '{encoding} のパッケージスクリプトに {text} を書けません',
    hint: '二重引用符と制御文字を除いてください。Shift_JIS のスクリプトに新しく書けるのは ASCII 文字だけです。',
  },
  SAVED_TABLE_DAMAGED: {
    message: '保存されたテーブル {file} が壊れています: {reason}',
    hint: '別の写しを使ってください。ディスクには何も書いていません。',
  },
  SAVED_TABLE_UNREADABLE: {
    message: '保存されたテーブル {file} を読めません: {reason}',
    hint: '以前のコマンドが示した ".nacre-table" ファイルを指定してください。',
  },
  SAVED_TABLE_UNWRITABLE: {
    message: '現在のテーブルを {file} に保存できません: {reason}',
    hint: '--save-table で別のディスクの新しいファイルを指定してください。保存できなければ何も書きません。',
  },
  STORE_ADDRESS: {
    message: '{store} は保存先の番地ではありません',
    hint: '保存先はフォルダー、? と # を含まない http:// または https:// の番地、または s3://BUCKET/PREFIX です。',
  },
  STORE_BUSY: {
    message: '{store} の {what} は使用中です(ホスト {host} のプロセス {pid}、{since} から)',
    hint: '終わるまで待つか、そのプロセスを終了してください。ロックは一緒に消えます。',
  },
  STORE_CHUNK_DAMAGED: {
    message:
      'パック {pack} の位置 {offset} が壊れています: {reason}(期待値 {expected}、実際 {found})',
    hint: '"nacre store sync --check" で別の保存先から取り直してください。',
  },
  STORE_CHUNK_MISSING: {
    message:
      'バージョン {version} のチャンク {chunks} 個が {store} のどのパックにもありません(最初は {digest})',
    hint: '"nacre store check" を実行し、足りないパックを別の保存先から取ってください。',
  },
  STORE_FILE_LENGTH: {
    message: '{path} は {found} バイトですが、{needed} バイトが必要です',
    hint: '"nacre store check" を実行してください。ファイルが途中で切れたか、読み取り中に変わった可能性があります。',
  },
  STORE_FILE_MISSING: {
    message: '{path} がありません',
    hint: '"nacre store check" を実行してください。',
  },
  STORE_FILE_UNKNOWN: {
    message: '{path} は保存先のファイルではありません',
    hint: '別の場所へ移してください。保存先には必要ありません。',
  },
  STORE_FORMAT: {
    message: '{store} の保存形式は {found} ですが、このプログラムが扱えるのは {known} です',
    hint: 'この保存先には、より新しい nacre を使ってください。',
  },
  STORE_FULL: {
    message: '{path} を書く空き容量がありません',
    hint: '"nacre store gc" などで空きを作り、もう一度実行してください。何も公開されていません。',
  },
  STORE_IMAGE_DAMAGED: {
    message: 'イメージ {image} の記録が壊れています: {reason}',
    hint: 'images/{image}.json を別の保存先から戻してください。バージョンそのものに影響はありません。',
  },
  STORE_IO: {
    message: '{path} で失敗しました: {reason}',
    hint: '保存先の媒体と権限を確かめてください。',
  },
  STORE_LOCATOR_DAMAGED: {
    message: 'バージョン {id} のロケーターが壊れています: {reason}',
    hint: '失われたものはありません。バージョンを使うときに作り直されます。',
  },
  STORE_MANIFEST_MISSING: {
    message: '{store} にバージョン {id} のマニフェストがありません',
    hint: '"nacre store sync" で別の保存先から取ってください。',
  },
  STORE_NOT_EMPTY: {
    message: '{store} は保存先ではなく、空でもありません: {found} があります',
    hint: '空のフォルダーか、まだないフォルダーを指定してください。',
  },
  STORE_NOT_FOUND: {
    message: '{store} はイメージの保存先ではありません',
    hint: '--store でフォルダーを指定してください。最初の取り込みで新しく作られます。',
  },
  STORE_PACK_DAMAGED: {
    message: 'パック {pack} が壊れています: {reason}',
    hint: '"nacre store sync --check" で別の保存先から取り直してください。',
  },
  STORE_PACK_MISSING: {
    message: '{store} にパック {pack} がありません。{neededBy} が必要としています',
    hint: '"nacre store sync" で別の保存先から取ってください。',
  },
  STORE_PIN_INVALID: {
    message: 'ピン「{pin}」は鍵の SHA-256 ではありません。sha256: に続く16進64桁が必要です',
    hint: 'サーバーの証明書から求めてください: openssl x509 -in CERT -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum',
  },
  STORE_PIN_PLAIN: {
    message: '{store} は TLS を使わないため、ピン留めしたサーバーの鍵を確認できません',
    hint: 'https:// の番地を指定するか、ピンを外してください。',
  },
  STORE_READ_ONLY: {
    message: '{path} には書けません: {reason}',
    hint: '保存先の所有者と、ファイルシステムが読み取り専用でマウントされていないかを確かめてください。',
  },
  STORE_READ_ONLY_WEB: {
    message: '{store} はウェブサーバー上またはバケットにあり、読み取り専用です',
    hint: '保存先のフォルダーがあるコンピューターで実行するか、「nacre store sync」でコピーしてください(s3://BUCKET/PREFIX へも可)。',
  },
  STORE_S3_BUCKET: {
    message: '{address} にバケットがありません',
    hint: 'バケット名、エンドポイント(s3-endpoint)、アドレス方式(s3-addressing)を確認してください。バケットは提供者のツールで作成します。',
  },
  STORE_S3_CLOCK: {
    message: '{address} はこの時計の署名を受け付けません: こちらは {here}、相手は {there}',
    hint: 'この機器の時計を合わせて(timedatectl)、同じコマンドをもう一度実行してください。',
  },
  STORE_S3_CREDENTIALS: {
    message: 'オブジェクトストレージの鍵を使えません: {reason}',
    hint: 'AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY を設定するか、本人だけが読めるファイル(aws_access_key_id = … と aws_secret_access_key = … の行)を s3-credentials で指定してください。',
  },
  STORE_S3_DENIED: {
    message: 'オブジェクトストレージが {address} を拒否しました: {reason}',
    hint: '読み取りには s3:GetObject と s3:ListBucket、書き込みには s3:PutObject と(locks/ の)s3:DeleteObject の権限が要ります。鍵なしで読むにはバケットの公開が必要です。',
  },
  STORE_S3_DIGEST: {
    message: '{address} に届いた内容が送ったものと違います: {reason}',
    hint: '経路上で内容が変わっています。プロキシと両方の機器のメモリを確認し、同じコマンドをもう一度実行してください。何も保存されていません。',
  },
  STORE_S3_LOCK_LOST: {
    message:
      '{store} への書き込みを中止しました: 書き込み権が {seconds} 秒更新されず、ほかが書き込む可能性があります',
    hint: '同じコマンドをもう一度実行してください。完全に送ったものは送り直しません。',
  },
  STORE_S3_REFUSED: {
    message: 'オブジェクトストレージが {address} を状態 {status} で拒否しました: {reason}',
    hint: '理由はサーバーの言葉です。詳しくはサーバーのログを確認してください。',
  },
  STORE_S3_REGION: {
    message: '{address} は別のリージョンにあります: 指定は {found}、必要なのは {needed}',
    hint: 's3-region(NACRE_S3_REGION)にバケットのリージョンを設定してください。',
  },
  STORE_S3_SETTING: {
    message: '{name} を「{value}」にはできません。{expected} を指定してください',
    hint: '/etc/nacre/config.toml の設定、または NACRE_… 変数を直してください。',
  },
  STORE_S3_SIGNATURE: {
    message: 'オブジェクトストレージが {address} への鍵を受け付けません: {reason}',
    hint: '鍵と秘密鍵の組、対象のサーバー、有効期限を確認してください。',
  },
  STORE_S3_SOURCE: {
    message:
      '{store} はこの機器のフォルダーではありません。バケットにはフォルダーの保存先だけをコピーできます',
    hint: '先にフォルダーへコピーしてください: nacre store sync 元 フォルダー',
  },
  STORE_SIGNATURES_DAMAGED: {
    message: 'バージョン {id} の署名が壊れています: {reason}',
    hint: 'もう一度署名するか、別の保存先から署名を取ってください。',
  },
  STORE_UPLOAD_FRAME: {
    message:
      '送られたフレームの内容が記述と異なります: チャンク {expected} のはずが {found}({reason})',
    hint: '取り込む機械のメモリーを検査し、もう一度取り込んでください。そのフレームは保存されていません。',
  },
  STORE_UPLOAD_GAP: {
    message:
      'マニフェストの {found} バイト目以降が送られましたが、届いているのは {needed} バイトです',
    hint: '取り込む機械を再起動してください。',
  },
  STORE_UPLOAD_LIMIT: {
    message: '取り込みが {found} バイトになりますが、上限は {limit} バイトです',
    hint: 'もう一度指示してください。再び起きる場合、その機械は申告と異なります。',
  },
  STORE_UPLOAD_MANIFEST: {
    message: '送られたマニフェストは使えません: {reason}',
    hint: '取り込む機械を再起動してください。',
  },
  STORE_WEB_ANSWER: {
    message: '{address} への応答が正しくありません: {field} は {found}、必要なのは {needed}',
    hint: 'ウェブサーバーやプロキシが応答を変えています。それらを確認するか、別のコピーを指定してください。',
  },
  STORE_WEB_CERTIFICATE: {
    message: '{address} の証明書は信頼できません: {reason}',
    hint: '--store-pin でサーバーの鍵をピン留めするか、NODE_EXTRA_CA_CERTS で認証局を指定してください。',
  },
  STORE_WEB_CHANGED: {
    message: '{address} は読み取り中に変わりました: {field} は {before} から {after} になりました',
    hint: '読み取り中にファイルが置き換えられました。同じコマンドをもう一度実行してください。',
  },
  STORE_WEB_MIRRORS: {
    message: 'どのコピーからも読み取れません: {reasons}',
    hint: '番地、サーバー、ネットワークを確認し、同じコマンドをもう一度実行してください。残りの分だけを行います。',
  },
  STORE_WEB_NO_LIST: {
    message: '{store} には {what} の一覧がなく、ウェブサーバーからも得られません',
    hint: '保存先のフォルダーで「nacre store gc」を実行すると、イメージの一覧が作られます。全ファイルが要る処理はフォルダーで行ってください。',
  },
  STORE_WEB_NO_RANGES: {
    message: '{address} は要求した範囲ではなく全体が送られました(状態 {status})',
    hint: 'nginx、Apache、lighttpd など、バイト範囲に応答するウェブサーバーを、応答の圧縮なしで使ってください。',
  },
  STORE_WEB_PACK_GONE: {
    message: 'パック {pack} は作業の開始時にはありましたが、なくなりました',
    hint: '作業中に保存先で gc が実行されました。同じコマンドをもう一度実行すると、新しいパックを使い、残りの分だけを行います。',
  },
  STORE_WEB_PIN: {
    message:
      '{address} のサーバーの鍵がピン留めした鍵と違います: sha256:{found}、必要なのは {needed}',
    hint: 'サーバーの管理者に鍵を変えたか確認し、新しいピンを指定してください。それまでは信頼できません。',
  },
  STORE_WEB_REDIRECT: {
    message: '{address} は {target} に転送されます',
    hint: '転送は同じサーバー内で数回までです。ファイルそのものの番地を --store で指定してください。',
  },
  STORE_WEB_STATUS: {
    message: '{address} への応答は状態 {status} です',
    hint: '401 と 403 は利用者名か権限が必要です(https://USER:PASSWORD@…)。その他はウェブサーバーのログを確認してください。',
  },
  STORE_WEB_UNREACHABLE: {
    message: '{address} から応答がありません: {reason}',
    hint: '番地、サーバー、ネットワークを確認し、同じコマンドをもう一度実行してください。残りの分だけを行います。',
  },
  TICKET_REFUSED: {
    message: 'ジョブを実行しません: {reason}',
    hint: '何も変更していません。必要なジョブなら作り直してください。誰も作っていないなら、マネージャーの監査記録を確認してください。',
  },
  TOOL_FAILED: {
    message: '{program} が終了コード {exitCode} で終わりました: {reason}',
    hint: '"{program} {arguments}" を手で実行すると、すべての出力を見られます。',
  },
  TOOL_MISSING: {
    message: 'プログラム {program} がインストールされていません',
    hint: 'それを含む Debian パッケージを入れるか、scripts/setup を実行してください。',
  },
  UPDATE_ALREADY: {
    message: '{terminal} は {since} から {image} を更新中です',
    hint: '作業を続けてください。終えるには "nacre update finish" または "nacre update cancel" を実行します。',
  },
  UPDATE_BASE_MOVED: {
    message: '{image} には変更した版より新しい版があります(最新={latest}、変更元={base})',
    hint: '変更は端末に残っています。"nacre update cancel" で中止し、最新の版から開始して変更し直してください。',
  },
  UPDATE_DISK_OTHER: {
    message: '{path} はこの更新のディスクではありません: {reason}',
    hint: '変更したディスクを --disk で指定してください。"nacre disk list" で一覧を表示します。',
  },
  UPDATE_HELD: {
    message: '{image} は {since} から端末 {terminal} で {user} が更新中です',
    hint: 'そこで完了または中止されるまで待ってください。管理者は解除できます: nacre update release {image}',
  },
  UPDATE_NONE: {
    message: 'この端末はイメージを更新していません: {place} に更新の記録がありません',
    hint: '"nacre update start" で開始してください。別のディスクの場合は --disk で指定してください。',
  },
  UPDATE_NOT_LATEST: {
    message: '更新を開始できません: 最新の版から起動していません(最新={latest}、起動={booted})',
    hint: 'この端末を最新の版にしてから、もう一度開始してください。',
  },
  UPDATE_RUNNING: {
    message: '更新中のイメージは動作中のシステムです: {path} は {user} が使用中です',
    hint: 'ネットワークまたは媒体から Merlin を起動するか、別のシステムを起動し、そこで "nacre update finish" を実行してください。',
  },
  UPDATE_STATE: {
    message: '端末 {terminal} での {image} の更新は {state} です: {event} はできません',
    hint: '確認してください: nacre update list',
  },
  UPDATE_STATE_DAMAGED: {
    message: '{place} の更新の記録を読めません: {reason}',
    hint: 'マネージャーの記録を確認し(nacre update list)、解除してもらい、ファイルを削除してから、もう一度開始してください。',
  },
  UPDATE_TOKEN_REFUSED: {
    message: '更新 {update} はこのトークンでは何も受け取りません',
    hint: '"nacre update finish" をもう一度実行してください。解除または終了したかは "nacre update list" で分かります。',
  },
  VOLUME_BATCH_TOO_LARGE: {
    message: '変更が、{path} のボリュームで使用中の領域 {limitBytes} バイトを超えて及びます',
    hint: '変更を数回に分け、それぞれにジャーナルを付けてください。大きなファイルは別の名前で置き換えてください。',
  },
  VOLUME_DAMAGED: {
    message: '{path} の {fileSystem} ボリュームは壊れています: {reason}',
    hint: 'そのツール(chkdsk、e2fsck)で修復するか、イメージを復元してください。',
  },
  VOLUME_DIRTY: {
    message: '{path} の {fileSystem} ボリュームは正しくアンマウントされていません: {reason}',
    hint: 'そのシステムを起動して終了するか、検査(chkdsk、e2fsck)してからやり直してください。',
  },
  VOLUME_FOLDER_NOT_EMPTY: {
    message: '{path} は空でないフォルダーです',
    hint: '先に中のファイルを削除してください。',
  },
  VOLUME_FULL: {
    message:
      'ボリュームに空きがありません: {path} には {needed} {unit} が必要ですが、空きは {free} です',
    hint: '空きを作るか、より大きいパーティションを使ってください。',
  },
  VOLUME_HELPER_FAILED: {
    message: 'プログラム nacre-files が失敗しました: {reason}',
    hint: 'ボリュームが壊れている可能性があります。そのツールで検査し、同じ手順をもう一度実行してください。始めた処理が先に完了します。',
  },
  VOLUME_HIBERNATED: {
    message: '{path} のボリュームで Windows が休止状態です: {reason}',
    hint: 'Windows を起動し、高速スタートアップを切ってシャットダウン("shutdown /s /t 0")してから、やり直してください。',
  },
  VOLUME_IO: {
    message: 'ボリューム上で {path} の処理({action})に失敗しました: {reason}',
    hint: 'ボリュームをそのツールで検査し、カーネルログでディスクのエラーを確認してください。',
  },
  VOLUME_JOURNAL_DAMAGED: {
    message: 'ファイル変更のジャーナルを読めません: {reason}',
    hint: '{path} のボリュームは途中まで変更されている可能性があります。イメージを復元してください。その後ジャーナルは空になります。',
  },
  VOLUME_JOURNAL_FOREIGN: {
    message:
      'このジャーナルはオフセット {foundOffset} の {foundBytes} バイトのボリューム用で、{offset} の {sizeBytes} バイトのものではありません',
    hint: 'ジャーナルは一つのボリュームだけに使うか、先にもう一方のボリュームの変更を完了してください。',
  },
  VOLUME_JOURNAL_STALE: {
    message:
      'ジャーナルは {path} のボリュームに合いません。その後に変更されています: オフセット {offset}',
    hint: 'ボリュームのイメージを復元してください。ボリュームが正常なら、ジャーナルを空にするだけです。',
  },
  VOLUME_JOURNAL_TOO_SMALL: {
    message:
      'ジャーナルは {journalBytes} バイトですが、この変更には {neededBytes} バイトが必要です',
    hint: 'ジャーナルを大きくするか、変更を数回に分けてください。',
  },
  VOLUME_NAME_INVALID: {
    message: '"{name}" はボリューム上の名前にできません: {reason}',
    hint: '別の名前にしてください。',
  },
  VOLUME_NOT_A_FILE: {
    message: '{path} はファイルではありません',
    hint: 'ファイルを指定してください。',
  },
  VOLUME_NOT_A_FOLDER: {
    message: '{path} またはその途中はフォルダーではありません',
    hint: 'パスを直してください。',
  },
  VOLUME_NOT_FOUND: {
    message: '{path} はボリュームにありません',
    hint: 'パスを直してください。新しいファイルの上のフォルダーは先に作る必要があります。',
  },
  VOLUME_PATH_REFUSED: {
    message: '{path} は変更しません: {reason}',
    hint: '別のパスを指定するか、そのボリュームのシステムで変更してください。',
  },
  VOLUME_TREE_LIMIT: {
    message: 'ボリュームの {what} が {most} を超えるため、ファイルを比較しません',
    hint: '(--files なしで) チャンクを比較するか、両方のバージョンを復元して比較してください。',
  },
  VOLUME_UNSUPPORTED: {
    message: '{path} の {fileSystem} ボリュームのファイルは変更できません: {reason}',
    hint: 'キャプチャーする前に、そのボリュームのシステムで変更してください。',
  },
  WRITE_CACHE_BASE: {
    message:
      '{path} の書き込みキャッシュは {expected} バイトの範囲に対するものですが、そこにパーティションがありません(検出: {found})',
    hint: 'パーティションテーブルが変更されています。"nacre disk apply" をもう一度実行してください。',
  },
  WRITE_CACHE_FORMAT: {
    message:
      '書き込みキャッシュの {part} を読み取れません: {field} は {found} ですが、{needed} が必要です',
    hint: '装置をイメージ化して変更を破棄するか、ディスクの故障を調べてください。',
  },
  WRITE_CACHE_NOT_FOUND: {
    message: '{path} に書き込みキャッシュパーティションがありません',
    hint: '作成してください: nacre disk apply IMAGE {path} --write-cache SIZE',
  },
  WRITE_CACHE_NOT_WHOLE: {
    message: '{path} の書き込みキャッシュの変更は完全ではありません: {reason}',
    hint: '変更を破棄してください(復元モードをオンにして再起動、またはイメージ化)。その後、キャッシュを大きくしてください。',
  },
  WRITE_CACHE_READ_BACK: {
    message: '{path} の {offset} バイト目に、書き込んだ内容がありません',
    hint: 'ディスクが故障しています。カーネルログを確認し、交換してください。',
  },
  WRITE_CACHE_SEVERAL: {
    message: '{path} に書き込みキャッシュパーティションが {count} 個あります。1 個だけが必要です',
    hint: '使っていないものを削除してください。"nacre disk show" で一覧できます。',
  },
};
