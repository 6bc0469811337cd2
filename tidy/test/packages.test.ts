import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { manifest, root, sources, workspaces } from '../src/tree.ts';

const packages = workspaces.filter((workspace) => workspace.startsWith('packages/'));

/** The paths of an `exports` map or of `bin`, however deep they are. */
function paths(entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  return typeof entry === 'object' && entry !== null ? Object.values(entry).flatMap(paths) : [];
}

for (const folder of packages) {
  test(`${folder} is published with its licence, and with all that it says it exports`, (t) => {
    const { bin, exports, files = [] } = manifest(folder);
    const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
    t.true(existsSync(join(root, folder, 'LICENSE')), 'npm takes a licence from the package only');
    t.is(readFileSync(join(root, folder, 'LICENSE'), 'utf8'), licence);
    for (const path of paths([exports, bin])) {
      t.true(existsSync(join(root, folder, path)), path);
      t.true(
        path === './package.json' || files.some((file) => join(path) === file || join(path).startsWith(`${file}/`)),
        `${path} is packed`,
      );
    }
  });
}

test('what an entry point exports has a docstring', (t) => {
  const text = new Map(sources('src').map((file) => [file.path, file.text]));
  const entries = [...text].filter(([path]) => path.startsWith('packages/') && path.endsWith('/index.ts'));
  let seen = 0;
  const wrong = entries.flatMap(([path, list]) =>
    [...list.matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']+)';$/gm)].flatMap(([, names = '', from = '']) => {
      // What is generated has the docstrings of the schema, and only where it has some.
      const source = text.get(join(dirname(path), from)) ?? '';
      return [...names.matchAll(/(?:^|,)\s*(?:type )?(\w+)/g)].flatMap(([, name = '']) => {
        const declared = new RegExp(
          `(.*)\\nexport (?:abstract )?(?:async )?(?:class|const|function\\*?|interface|type) ${name}\\b`,
        ).exec(source);
        if (declared !== null) seen++;
        return declared?.[1]?.endsWith('*/') === false ? [`${join(dirname(path), from)}: ${name}`] : [];
      });
    }),
  );
  t.deepEqual(wrong, []);
  t.true(seen > 500, `${seen} declarations were found`);
});
