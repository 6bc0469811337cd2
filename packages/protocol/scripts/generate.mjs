// Generates src/generated from proto/: TypeScript types and the schema table. Does nothing when neither the .proto files
// nor these scripts have changed since the last run.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage, bufVersion } from './lib/buf.mjs';
import { readImage } from './lib/descriptor.mjs';
import { emitSchema } from './lib/emit-schema.mjs';
import { emitTypes } from './lib/emit-types.mjs';

const scriptsFolder = dirname(fileURLToPath(import.meta.url));
const protoFolder = join(scriptsFolder, '../proto');
const outputFolder = join(scriptsFolder, '../src/generated');
const stampPath = join(outputFolder, '.stamp');

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function fingerprint() {
  const hash = createHash('sha256').update(bufVersion());
  for (const file of [...filesBelow(protoFolder), ...filesBelow(scriptsFolder)]) {
    const content = readFileSync(file);
    hash.update(`\n${content.length} `).update(content);
  }
  return hash.digest('hex');
}

/** Writes what differs, so that the compiler sees no change where there is none, and removes what is no longer made. */
function writeOutput(files) {
  mkdirSync(outputFolder, { recursive: true });
  for (const name of readdirSync(outputFolder))
    if (!files.has(name)) rmSync(join(outputFolder, name), { recursive: true });
  for (const [name, text] of files) {
    const path = join(outputFolder, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
}

/** The stamp: the fingerprint of the input, then the names of the files made from it. */
function isCurrent(stamp) {
  if (!existsSync(stampPath)) return false;
  const [made, ...names] = readFileSync(stampPath, 'utf8').trim().split('\n');
  return made === stamp && names.every((name) => existsSync(join(outputFolder, name)));
}

const stamp = fingerprint();
if (!isCurrent(stamp)) {
  const types = readImage(buildImage(protoFolder));
  const files = emitTypes(types).set('schema.ts', emitSchema(types));
  rmSync(stampPath, { force: true });
  writeOutput(files);
  writeFileSync(stampPath, `${[stamp, ...files.keys()].join('\n')}\n`);
}
