/** Reasons inside messages that managers give in English, and people provoke from the console: first what our schemas say, then what their library says. */
export const REASONS: Readonly<Record<string, string>> = {
  'a subnet is ADDRESS/BITS': 'サブネットは ADDRESS/BITS の形式です',
  'a window needs two times': '時間帯には異なる 2 つの時刻が必要です',
  'bytesPerSecond is shared by mostJobs jobs: give both':
    '毎秒バイト数はジョブ数で等分します。両方を指定してください',
  '"{text}" is no list of 1 to {most} rings such as {example}':
    '「{text}」は {example} のような 1~{most} 個のリングの並びではありません',
  '{image} means {count} versions; give more digits':
    '{image} に当てはまるバージョンが {count} 個あります。桁数を増やしてください',
  'it has more than {most} devices; make an order for each of some groups':
    'デバイスが {most} 台を超えています。グループごとに分けてください',
  'HH:MM': 'HH:MM の形式で指定してください',
  'Too small: expected string to have >={n} characters': '{n} 文字以上必要です',
  'Too big: expected string to have <={n} characters': '{n} 文字以下にしてください',
  'Too small: expected {kind} to have >={n} items': '{n} 個以上必要です',
  'Too big: expected {kind} to have <={n} items': '{n} 個以下にしてください',
  'Too small: expected {kind} to be >={n}': '{n} 以上にしてください',
  'Too big: expected {kind} to be <={n}': '{n} 以下にしてください',
  'Invalid string: must match pattern {pattern}': '{pattern} の形式ではありません',
  'Invalid option: expected one of {options}': '{options} のいずれかにしてください',
  'Invalid input: expected {expected}, received {found}':
    '{expected} が必要ですが、{found} が指定されました',
  'Unrecognized key: {key}': '{key} は指定できません',
  'Invalid URL': 'URL の形式ではありません',
  'Invalid UUID': 'UUID の形式ではありません',
  'Invalid ISO datetime': '日時の形式ではありません',
};
