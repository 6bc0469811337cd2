// Writes docs/api. With --record it first runs the examples, and remembers what they are answered; with names of scenarios, those only.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { makePages, readMaterial } from './pages.ts';
import { pagesFolder } from './paths.ts';
import { readScenarios, writeExamples } from './scenario.ts';
import { runScenario } from './run.ts';

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
if (args.includes('--record')) {
  for (const scenario of readScenarios()) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    const examples = await runScenario(scenario);
    writeExamples(scenario.name, examples);
    process.stdout.write(`${scenario.name}: ${examples.length} examples\n`);
  }
}

const pages = makePages(await readMaterial());
for (const [path, text] of pages) {
  const file = join(pagesFolder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
for (const name of readdirSync(pagesFolder, { recursive: true, withFileTypes: true })) {
  const file = join(name.parentPath, name.name);
  if (name.isFile() && !pages.has(relative(pagesFolder, file))) rmSync(file);
}
process.stdout.write(`${pages.size} pages\n`);
