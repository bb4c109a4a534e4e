/** Shows how far a long run of work is: a bar, plain lines, or JSON lines; always on stderr. */
import { formatBytes, formatDuration, widthOf } from './format.ts';

/** What the domain tells, at most ten times a second. */
export interface ProgressReport {
  readonly phase: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** `bar-lines`: a bar on a line of its own each time, where screen and log are one. */
export type ProgressMode = 'bar' | 'lines' | 'bar-lines' | 'json' | 'off';

export interface ProgressOptions {
  readonly mode: ProgressMode;
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly now: () => number;
}

export interface Progress {
  readonly update: (report: ProgressReport) => void;
  /** Clears a bar, so that the next message starts on a line of its own. */
  readonly end: () => void;
}

interface Pace {
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | undefined;
}

/** Rate over the last seconds only: a fast start (unused space, cache) must not promise too much. */
const WINDOW_MS = 8000;
const LINE_INTERVAL_MS = 5000;
const JSON_INTERVAL_MS = 500;
const BAR_LINE_INTERVAL_MS = 2000;
const CLEAR_LINE = '\r\u001b[K';

const startPace = (now: () => number): ((report: ProgressReport) => Pace) => {
  let samples: { readonly at: number; readonly doneBytes: number }[] = [];
  let current = '';
  return ({ phase, doneBytes, totalBytes }) => {
    const at = now();
    if (phase !== current) samples = [];
    current = phase;
    samples = [...samples.filter((sample) => at - sample.at < WINDOW_MS), { at, doneBytes }];
    const first = samples[0] ?? { at, doneBytes };
    const seconds = (at - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (doneBytes - first.doneBytes) / seconds : 0;
    const left = totalBytes - doneBytes;
    return { bytesPerSecond, secondsLeft: bytesPerSecond > 0 ? left / bytesPerSecond : undefined };
  };
};

const percentOf = ({ doneBytes, totalBytes }: ProgressReport): number =>
  totalBytes > 0 ? Math.floor((Math.min(doneBytes, totalBytes) / totalBytes) * 100) : 100;

const describe = (report: ProgressReport, pace: Pace): string => {
  const bytes = `${formatBytes(report.doneBytes)} / ${formatBytes(report.totalBytes)}`;
  // At the end there is nothing left to estimate, and a run of one report has no rate.
  if (report.doneBytes >= report.totalBytes) return `${percentOf(report)} %  ${bytes}`;
  const left = pace.secondsLeft === undefined ? '-:--' : formatDuration(pace.secondsLeft);
  return `${percentOf(report)} %  ${bytes}  ${formatBytes(Math.round(pace.bytesPerSecond))}/s  ${left}`;
};

const drawBar = (report: ProgressReport, pace: Pace, columns: number): string => {
  const text = describe(report, pace);
  const room = columns - text.length - widthOf(report.phase) - 6;
  if (room < 8) return `${report.phase}  ${text}`.slice(0, Math.max(1, columns - 1));
  const width = Math.min(room, 40);
  const full = Math.round((percentOf(report) / 100) * width);
  return `${report.phase}  [${'#'.repeat(full)}${'-'.repeat(width - full)}]  ${text}`;
};

const jsonLine = (report: ProgressReport, pace: Pace): string =>
  `${JSON.stringify({
    phase: report.phase,
    doneBytes: report.doneBytes,
    totalBytes: report.totalBytes,
    bytesPerSecond: Math.round(pace.bytesPerSecond),
    secondsLeft: pace.secondsLeft === undefined ? null : Math.round(pace.secondsLeft),
  })}\n`;

/** A line when the phase changes, at the end of one, and otherwise no more often than `interval`. */
const startThinned = (
  options: ProgressOptions,
  intervalMs: number,
  line: (report: ProgressReport, pace: Pace) => string,
): Progress => {
  const pace = startPace(options.now);
  let last: { phase: string; at: number; isWhole: boolean } | undefined;
  const update = (report: ProgressReport): void => {
    const current = pace(report);
    const at = options.now();
    const isWhole = report.doneBytes >= report.totalBytes;
    const isNew = last === undefined || last.phase !== report.phase || isWhole !== last.isWhole;
    if (!isNew && at - (last?.at ?? 0) < intervalMs) return;
    last = { phase: report.phase, at, isWhole };
    options.write(line(report, current));
  };
  return { update, end: () => undefined };
};

const startBar = (options: ProgressOptions): Progress => {
  const pace = startPace(options.now);
  let isDrawn = false;
  return {
    update: (report) => {
      isDrawn = true;
      options.write(`${CLEAR_LINE}${drawBar(report, pace(report), options.columns())}`);
    },
    end: () => {
      if (isDrawn) options.write(CLEAR_LINE);
      isDrawn = false;
    },
  };
};

/** Starts showing progress in the given mode. */
export const startProgress = (options: ProgressOptions): Progress => {
  if (options.mode === 'bar') return startBar(options);
  if (options.mode === 'json') return startThinned(options, JSON_INTERVAL_MS, jsonLine);
  if (options.mode === 'bar-lines') {
    return startThinned(
      options,
      BAR_LINE_INTERVAL_MS,
      (report, pace) => `${drawBar(report, pace, options.columns())}\n`,
    );
  }
  if (options.mode === 'lines') {
    return startThinned(
      options,
      LINE_INTERVAL_MS,
      (report, pace) => `${report.phase}  ${describe(report, pace)}\n`,
    );
  }
  return { update: () => undefined, end: () => undefined };
};
