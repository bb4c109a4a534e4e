/** Names of the files of a store (docs/store.md). Made only from checked ids and image names. */
import { isDigestHex } from '../../codec/hex.ts';
import { isImageName } from '../../codec/image-name.ts';

/** Marks a folder as a store. */
export const STORE_FILE = 'nacre-store.json';
export const STORE_FORMAT = 1;

/** Names of the images, for those who cannot list a folder. */
export const IMAGE_NAMES_FILE = 'nacre-images.json';

/** Folders of a store, made with it. */
export const STORE_FOLDERS = [
  'manifests',
  'locators',
  'packs',
  'images',
  'tmp',
  'leases',
  'locks',
  'uploads',
] as const;

export const manifestName = (id: string): string => `manifests/${id}.manifest`;
export const signaturesName = (id: string): string => `manifests/${id}.signatures`;
export const locatorName = (id: string): string => `locators/${id}.locator`;
export const packName = (digest: string): string => `packs/${digest.slice(0, 2)}/${digest}.pack`;
export const imageName = (name: string): string => `images/${name}.json`;
export const lockName = (lock: string): string => `locks/${lock}.lock`;
export const leaseName = (lease: string): string => `leases/${lease}.json`;
/** Folder of an upload. */
export const uploadFolder = (id: string): string => `uploads/${id}`;

/** What a file of a store is, by its name alone. */
export type StoreFile =
  | { readonly kind: 'manifest' | 'signatures' | 'locator' | 'pack'; readonly id: string }
  | { readonly kind: 'image'; readonly id: string }
  | { readonly kind: 'own' }
  | { readonly kind: 'unknown' };

/** True for files that are written again in their place; all others stay as they are. */
export const isChanging = (file: string): boolean =>
  file === IMAGE_NAMES_FILE || /^images\/|\.(signatures|locator)$/.test(file);

const PATTERNS = [
  { kind: 'manifest', pattern: /^manifests\/([^/]+)\.manifest$/ },
  { kind: 'signatures', pattern: /^manifests\/([^/]+)\.signatures$/ },
  { kind: 'locator', pattern: /^locators\/([^/]+)\.locator$/ },
  { kind: 'pack', pattern: /^packs\/[^/]+\/([^/]+)\.pack$/ },
] as const;

/** Tells a file of a store from one that does not belong there. */
export const storeFileOf = (file: string): StoreFile => {
  if (file === STORE_FILE || file === IMAGE_NAMES_FILE) return { kind: 'own' };
  if (/^(tmp|leases|locks|uploads)\//.test(file)) return { kind: 'own' };
  for (const { kind, pattern } of PATTERNS) {
    const id = pattern.exec(file)?.[1];
    if (id === undefined) continue;
    const isPlaced = isDigestHex(id) && (kind !== 'pack' || packName(id) === file);
    return isPlaced ? { kind, id } : { kind: 'unknown' };
  }
  const name = /^images\/([^/]+)\.json$/.exec(file)?.[1];
  if (name !== undefined && isImageName(name)) return { kind: 'image', id: name };
  return { kind: 'unknown' };
};
