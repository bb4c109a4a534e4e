/** Uploads into a store without a network between: the sender's and the taker's real parts. */
import { writeFile } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { captureToUpload, type UploadReport } from '../../src/image/upload/upload-capture.ts';
import type { UploadSession } from '../../src/image/upload/upload-session.ts';
import type { UploadTarget } from '../../src/image/upload/upload-target.ts';
import { type DiskLab, makeLab } from './disk-lab.ts';
import { Noise } from './noise.ts';

export const UPLOAD = 'ab'.repeat(16);

export interface UploadLab {
  readonly lab: DiskLab;
  /** Opens the upload, as a process does that has just started. */
  readonly open: (more?: { readonly id?: string }) => Promise<UploadSession>;
  /** A bare disk of noise. */
  readonly disk: (name: string, chunks: number) => Promise<string>;
  /** Sends a disk. */
  readonly send: (
    session: UploadSession,
    path: string,
    more?: Partial<UploadTarget>,
  ) => Promise<UploadReport>;
}

/** What a sender sees of a session. */
export const targetOf = (session: UploadSession): UploadTarget => ({
  begin: ({ sizeBytes }) => session.begin(sizeBytes),
  known: (from) => session.known(from),
  putFrames: (parts) => session.putFrames(Buffer.concat(parts)),
  putDraft: (at, bytes) => session.putDraft(at, bytes),
  publish: (draft) => session.publish(draft, { comment: 'sent' }),
});

/** A store and a sender. */
export const makeUploadLab = async (t: ExecutionContext): Promise<UploadLab> => {
  const lab = await makeLab(t);
  return {
    lab,
    open: ({ id = UPLOAD } = {}) =>
      lab.store.openUpload({ id, keeper: 'test', name: 'golden', packLimitBytes: 2 ** 20 }),
    disk: async (name, chunks) => {
      await writeFile(lab.at(name), new Noise(name).bytes(chunks * 65_536));
      return lab.at(name);
    },
    send: (session, path, more = {}) =>
      captureToUpload({
        ...{ path, creator: 'test', knownLimitBytes: 2 ** 20 },
        target: { ...targetOf(session), ...more },
      }),
  };
};
