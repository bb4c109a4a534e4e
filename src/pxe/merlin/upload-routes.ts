/** The addresses under which a device sends the capture of an order. */
import { MERLIN_PATH } from '../../job/merlin-protocol.ts';
import {
  type UploadStep,
  type UploadTaker,
  uploadStepOf,
} from '../../job/serving/upload-routes.ts';
import type { UploadDesk, UploadSender } from './upload-desk.ts';

const ROUTE = new RegExp(`^${MERLIN_PATH}/orders/([0-9a-f]{32})/(upload/.*)$`);

/** What is asked of the upload of an order. */
export type UploadRoute = UploadStep & { readonly id: string };

/** The upload that an address means; undefined for another address. */
export const uploadRouteOf = (path: string): UploadRoute | undefined => {
  const [, id, rest = ''] = ROUTE.exec(path) ?? [];
  const step = uploadStepOf(rest);
  return id === undefined || step === undefined ? undefined : { id, ...step };
};

/** The desk, for one sender. */
export const takerFor = (uploads: UploadDesk, sender: UploadSender): UploadTaker => ({
  begin: (sizeBytes) => uploads.begin(sender, sizeBytes),
  known: (from) => uploads.known(sender, from),
  hasAll: (digests) => uploads.hasAll(sender, digests),
  putFrames: (bytes) => uploads.putFrames(sender, bytes),
  putDraft: (at, bytes) => uploads.putDraft(sender, at, bytes),
  publish: (draft) => uploads.publish(sender, draft),
});
