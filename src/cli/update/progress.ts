/** Progress of an upload in the form of the seed (spec T-12): `NN% done... (x MB / y MB)`, of bytes that the manager has verified. */
import type { ProgressReport } from '../progress.ts';
import type { Session } from '../session.ts';

const MB = 1_000_000;
const LINE_MS = 5000;
const TERMINAL_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

const grouped = (bytes: number): string =>
  Math.floor(bytes / MB)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** One line of it, in the same words in every language as the vendor's is. */
export const seedProgress = ({ doneBytes, totalBytes }: ProgressReport): string => {
  const done = Math.min(doneBytes, totalBytes);
  const percent = totalBytes > 0 ? Math.floor((done / totalBytes) * 100) : 100;
  return `${percent}% done... (${grouped(done)} MB / ${grouped(totalBytes)} MB)`;
};

/** Shows it: over itself on a terminal, else in a line now and then; as JSON lines where those are asked for. */
export const showSeedProgress = (session: Session): ((report: ProgressReport) => void) => {
  if (session.isProgressJson || session.isQuiet) return session.onProgress;
  const { stderr, now } = session.edge;
  const leastMs = stderr.isTTY ? TERMINAL_MS : LINE_MS;
  const lineOf = (text: string, isWhole: boolean): string =>
    stderr.isTTY ? `${CLEAR_LINE}${text}${isWhole ? '\n' : ''}` : `${text}\n`;
  let last: { readonly at: number; readonly text: string } | undefined;
  return (report) => {
    const text = seedProgress(report);
    const isWhole = report.doneBytes >= report.totalBytes;
    const at = now();
    const isDue = isWhole || at - (last?.at ?? -leastMs) >= leastMs;
    if (!isDue || text === last?.text) return;
    last = { at, text };
    stderr.write(lineOf(text, isWhole));
  };
};
