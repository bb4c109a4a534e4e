import { copyFileSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ConvertStore, ImageText } from '../../src/image/convert/convert.ts';
import type { ExportStore } from '../../src/image/convert/package-export.ts';

/**
 * The two interfaces that conversions have to a store, over a folder of raw files. The real store is in
 * test/image/convert-store.test.ts; here the steps around it are tested, and failures of it are made.
 */
export class RawStore implements ConvertStore, ExportStore {
  readonly folder: string;
  readonly texts = new Map<string, ImageText>();
  /** Answers `isSame` with "no". */
  isLying = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  fileOf(image: string): string {
    return path.join(this.folder, `${image.replace(/[@:].*/, '')}.image`);
  }

  async captureRawFile(file: string, image: string, text: ImageText): Promise<{ id: string }> {
    copyFileSync(file, this.fileOf(image));
    this.texts.set(image, text);
    return { id: '0123456789abcdef' };
  }

  async restoreToFile(image: string, file: string): Promise<{ sizeBytes: number }> {
    copyFileSync(this.fileOf(image), file);
    return { sizeBytes: statSync(file).size };
  }

  async isSame(image: string, file: string): Promise<boolean> {
    return !this.isLying && readFileSync(this.fileOf(image)).equals(readFileSync(file));
  }

  async describe(image: string) {
    const { title = image, comment = '' } = this.texts.get(image) ?? {};
    return { name: image, title, comment, diskBytes: statSync(this.fileOf(image)).size };
  }
}
