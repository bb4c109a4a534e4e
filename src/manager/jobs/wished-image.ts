/** The version that a person means by IMAGE: `NAME`, `NAME@ID` or `NAME:LABEL`. */
import { NacreError } from '../../errors.ts';
import { parseImageReference } from '../../image/store/image-reference.ts';
import { findPackage, labelsOf, versionsOf } from '../store/package-rows.ts';
import type { Queries } from '../store/store.ts';

export interface WishedImage {
  readonly name: string;
  readonly id: string;
  readonly isAutogenic: boolean;
  /** What it takes in a backup partition; 0 when nobody knows. */
  readonly storedBytes: number;
}

const versionId = async (db: Queries, text: string): Promise<string> => {
  const reference = parseImageReference(text);
  const { name } = reference;
  const missing = new NacreError('MANAGER_NOT_FOUND', { what: 'version', name: text });
  if ('label' in reference) {
    const labels = await labelsOf(db, [name]);
    const found = labels.find(({ label }) => label === reference.label);
    if (found === undefined) throw missing;
    return found.version_id;
  }
  const ids = (await versionsOf(db, [name]))
    .map(({ id }) => id)
    .filter((id) => id.startsWith(reference.idPrefix));
  const [only] = ids;
  if (only === undefined) throw missing;
  if (ids.length === 1) return only;
  const reason = `${text} means ${ids.length} versions; give more digits`;
  throw new NacreError('MANAGER_INPUT_INVALID', { field: 'body.image', reason });
};

/** @throws NacreError IMAGE_NAME, MANAGER_NOT_FOUND, MANAGER_INPUT_INVALID */
export const resolveImage = async (db: Queries, text: string): Promise<WishedImage> => {
  const { name } = parseImageReference(text);
  const found = await findPackage(db, name);
  if (found === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'package', name });
  const id = await versionId(db, text);
  const version = (await versionsOf(db, [name])).find((each) => each.id === id);
  const storedBytes = version?.stored_bytes ?? 0;
  return { name, id, isAutogenic: found.is_autogenic === 1, storedBytes };
};
