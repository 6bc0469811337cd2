// Puts example files into the documents that show them: the code block after a line `<!-- path/to/file.ts -->` becomes that file's
// text. With --check it only tells, by its exit status, whether they are the same.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

const block = /<!-- (\S+\.ts) -->\n\n```ts\n([\s\S]*?)```\n/g;

function documents(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', '.git'].includes(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const check = process.argv.includes('--check');
let embedded = 0;
let stale = 0;
for (const path of documents('.')) {
  const before = readFileSync(join(root, path), 'utf8');
  const after = before.replaceAll(block, (_whole, file) => {
    embedded++;
    return `<!-- ${file} -->\n\n\`\`\`ts\n${readFileSync(join(root, file), 'utf8')}\`\`\`\n`;
  });
  if (after === before) continue;
  stale++;
  process.stdout.write(`${path} ${check ? 'shows an example that has changed since: run npm run embed' : 'updated'}\n`);
  if (!check) writeFileSync(join(root, path), after);
}
process.stdout.write(`${embedded} embedded examples, ${stale} stale\n`);
process.exitCode = check && stale > 0 ? 1 : 0;
