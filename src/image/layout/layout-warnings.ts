/** What a layout does that its administrator should know beforehand. */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import type { LayoutName, LayoutWarning } from '../../disk/layout-fields.ts';
import type { PlacedPart } from '../../disk/layout-places.ts';

/**
 * `no-wfs`: a layout that begins with a WFS is made without one. `other-firmware`: the image boots by BIOS and the layout by
 * UEFI, or the other way round. `os-moved`: Windows finds itself by signature and offset, and the offset changes.
 */
export type LayoutCaution = LayoutWarning | 'no-wfs' | 'other-firmware' | 'os-moved';

export interface CautionRequest {
  readonly layout: LayoutName;
  readonly hasWfs: boolean;
  readonly manifest: Manifest;
  readonly os: ManifestPartition;
  readonly parts: readonly PlacedPart[];
}

export const cautionsOf = (request: CautionRequest): readonly LayoutCaution[] => {
  const { layout, hasWfs, manifest, os, parts } = request;
  const cautions: LayoutCaution[] = [];
  if ((layout === 'xpe' || layout === 'wes2009') && !hasWfs) cautions.push('no-wfs');
  const { table } = manifest.disk;
  if (table !== 'none' && (table === 'gpt') !== (layout === 'uefi'))
    cautions.push('other-firmware');
  const startBytes = parts.find(({ part }) => part === 'os')?.startBytes;
  const isMoved = startBytes !== os.startBytes;
  if (layout !== 'uefi' && os.fileSystem === 'ntfs' && isMoved) cautions.push('os-moved');
  return cautions;
};
