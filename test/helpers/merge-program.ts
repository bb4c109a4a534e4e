/** Merges the write cache of a disk file, as a program of its own whose writes are recorded: FILE. */
import { mergeWriteCache } from '../../src/image/write-cache/merge-write-cache.ts';

await mergeWriteCache({ path: process.argv[2] ?? '' });
