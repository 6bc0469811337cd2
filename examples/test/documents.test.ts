import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const root = new URL('../../../', import.meta.url);

function folders(path: string): string[] {
  return readdirSync(new URL(path, root)).map((name) => `${path}${name}`);
}

// libprocess has a guide of its own, whose programs it runs itself.
const documents = [
  ...folders('docs/').filter((path) => path.endsWith('.md')),
  ...folders('packages/')
    .filter((path) => path !== 'packages/libprocess')
    .map((path) => `${path}/README.md`),
];
// A program and, right behind it, what it prints. That the program is the file's is for tidy to see.
const shown = /<!-- (\S+\.ts) -->\n\n```ts\n(?:(?!```\n)[^])*```\n\n```text\n((?:(?!```\n)[^])*)```\n/g;

for (const document of documents) {
  for (const [, file = '', output = ''] of readFileSync(new URL(document, root), 'utf8').matchAll(shown)) {
    // One after the other: each is a program of its own.
    test.serial(`${file} prints what ${document} says`, async (t) => {
      const program = fileURLToPath(new URL(file.replace('/test/', '/dist/test/').replace(/\.ts$/, '.js'), root));
      const env = { PATH: process.env['PATH'] };
      const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
      t.is(stdout, output);
    });
  }
}
