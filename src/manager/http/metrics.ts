/** Metrics as OpenMetrics text (OpenMetrics 1.0). */

export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = Readonly<Record<string, string | number>>;

/** One number of a metric. */
export interface Sample {
  readonly labels?: Labels | undefined;
  readonly value: number;
}

/** A value that is found out when it is asked for. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => Promise<readonly Sample[]> | readonly Sample[];
}

/** Upper bounds in seconds: from a row of SQLite to a slow disk. */
const BOUNDS = [0.005, 0.02, 0.1, 0.5, 2, 10] as const;

interface Histogram {
  readonly labels: Labels;
  readonly buckets: number[];
  count: number;
  seconds: number;
}

const quoted = (value: string | number): string =>
  String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelText = (labels: Labels = {}): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quoted(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const histogramLines = ({ labels, buckets, count, seconds }: Histogram, name: string): string[] => {
  let below = 0;
  const lines = BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0;
    return `${name}_bucket${labelText({ ...labels, le: bound })} ${below}`;
  });
  lines.push(`${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`);
  return [
    ...lines,
    `${name}_count${labelText(labels)} ${count}`,
    `${name}_sum${labelText(labels)} ${seconds}`,
  ];
};

const REQUESTS = 'nacre_http_request_seconds';
const RECEIVED = 'nacre_update_received_bytes';

/** What is counted, and what can be asked. */
export class Metrics {
  readonly #requests = new Map<string, Histogram>();
  readonly #gauges: readonly Gauge[];
  #received = 0;

  constructor(gauges: readonly Gauge[]) {
    this.#gauges = gauges;
  }

  /** Counts an answer. Routes, not addresses: strangers must not make rows. */
  countRequest(labels: Labels, seconds: number): void {
    const key = labelText(labels);
    const known = this.#requests.get(key);
    const row = known ?? { labels, buckets: BOUNDS.map(() => 0), count: 0, seconds: 0 };
    if (known === undefined) this.#requests.set(key, row);
    row.count += 1;
    row.seconds += seconds;
    const index = BOUNDS.findIndex((bound) => seconds <= bound);
    if (index >= 0) row.buckets[index] = (row.buckets[index] ?? 0) + 1;
  }

  /** Counts bytes of changed images that terminals sent. */
  countReceived(bytes: number): void {
    this.#received += bytes;
  }

  /** All of it. */
  async text(): Promise<string> {
    const lines: string[] = [];
    for (const { name, help, read } of this.#gauges) {
      lines.push(`# TYPE ${name} gauge`, `# HELP ${name} ${help}`);
      for (const { labels, value } of await read())
        lines.push(`${name}${labelText(labels)} ${value}`);
    }
    lines.push(`# TYPE ${REQUESTS} histogram`, `# HELP ${REQUESTS} Answers, by route and status.`);
    for (const row of this.#requests.values()) lines.push(...histogramLines(row, REQUESTS));
    lines.push(
      `# TYPE ${RECEIVED} counter`,
      `# HELP ${RECEIVED} Sent by terminals that changed an image.`,
    );
    lines.push(`${RECEIVED}_total ${this.#received}`);
    return `${lines.join('\n')}\n# EOF\n`;
  }
}
