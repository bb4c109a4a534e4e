/**
 * Writes NACRE.cjs.cache for src/cli/main.ts: what V8 made of the program while it ran one short command, behind the digest of both. With
 * `node --predictable` the bytes are the same each time; V8 takes them without that option, too.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';
import { Script } from 'node:vm';

// Ends at a folder that is not there, after all that commands with a store do first.
const LINE = ['image', 'list', '--store', '/nonexistent', '--lang', 'en'];
const NO_STORE = 1;

const kept = () => {
  const stream = new Writable({
    write(bytes, _encoding, done) {
      stream.text += bytes;
      done();
    },
  });
  stream.text = '';
  return stream;
};

if (process.argv[2] === undefined) {
  process.stderr.write('usage: node --predictable scripts/code-cache.js NACRE.cjs\n');
  process.exit(2);
}
const file = path.resolve(process.argv[2]);
const source = readFileSync(file);
const script = new Script(Module.wrap(source.toString('latin1')), {
  filename: path.basename(file),
});
const program = { exports: {} };
script.runInThisContext()(program.exports, createRequire(file), program, file, path.dirname(file));

const stderr = kept();
const exitCode = await program.exports.run({
  argv: LINE,
  environment: { NACRE_CONFIG: '/dev/null' },
  stdin: process.stdin,
  stdout: kept(),
  stderr,
  isRoot: false,
  homeDirectory: '/nonexistent',
  now: () => 0,
  onInterrupt: () => () => undefined,
  exit: (code) => process.exit(code),
});
if (exitCode !== NO_STORE) throw new Error(`nacre ${LINE.join(' ')}: ${exitCode}, ${stderr.text}`);
const data = script.createCachedData();
const digest = createHash('sha256').update(source).update(data).digest();
writeFileSync(`${file}.cache`, Buffer.concat([digest, data]));
