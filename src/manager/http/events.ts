/** Changes as server-sent events (HTML Living Standard, section 9.2): for views that show what happens. */
import type { Caller } from '../identity/caller.ts';
import type { ManagerParts } from '../manager-parts.ts';
import type { ChangeRow } from '../store/audit-rows.ts';
import type { MoveRow } from '../store/job-lists.ts';

/** A comment this often keeps proxies and our own limit of idle connections from ending it. */
const ALIVE_MS = 25_000;
/** What is about people and keys is for administrators alone. */
const FOR_ADMINISTRATORS: ReadonlySet<string> = new Set(['user', 'token', 'manager', 'join-code']);
/** Events that wait for a client that does not read; it gets the rest when it comes again. */
const MOST_WAITING = 1000;

const eventText = ({ number, at, action, kind, subject }: ChangeRow): string =>
  `id: ${number}\nevent: change\ndata: ${JSON.stringify({ number, at, action, kind, subject })}\n\n`;

/** Without an id: `Last-Event-ID` counts changes, and a view that was away asks for the jobs anew. */
const moveText = ({ at, event, job, device, state }: MoveRow): string =>
  `event: job\ndata: ${JSON.stringify({ at, event, job, device, state })}\n\n`;

/** The number after which a client wants to know, of `Last-Event-ID`. */
const lastSeen = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

/** The answer that goes on until the client leaves. */
export const eventStream = (
  { changes, moves }: ManagerParts,
  { role }: Caller,
  lastEventId: string | undefined,
): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  const mayKnow = ({ kind }: ChangeRow): boolean =>
    role === 'administrator' || !FOR_ADMINISTRATORS.has(kind);
  const leaves: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
    for (const leave of leaves) leave();
  };
  return new ReadableStream<Uint8Array>(
    {
      start: async (controller) => {
        const send = (text: string): void => {
          if (isOver) return;
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text));
          else {
            end();
            controller.close();
          }
        };
        const tell = (change: ChangeRow): void => {
          if (mayKnow(change)) send(eventText(change));
        };
        leaves.push(await changes.subscribe(tell));
        leaves.push(await moves.subscribe((move) => send(moveText(move))));
        // The client may have gone meanwhile.
        if (isOver) end();
        send(': changes\n\n');
        const after = lastSeen(lastEventId);
        if (after !== undefined) for (const change of await changes.missed(after)) tell(change);
        timer = setInterval(() => send(': alive\n\n'), ALIVE_MS).unref();
      },
      cancel: end,
    },
    { highWaterMark: MOST_WAITING },
  );
};
