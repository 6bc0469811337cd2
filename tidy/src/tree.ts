import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, seen from the compiled file. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A source file of this repository. */
interface SourceFile {
  /** Its path from the root. */
  readonly path: string;
  /** Its workspace, for example `packages/master`. */
  readonly workspace: string;
  readonly text: string;
}

/** The folders of the workspaces. */
export const workspaces: readonly string[] = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
  'benchmarks',
  'examples',
  'integration',
  'reference',
  'tidy',
];

/** What is looked at in a `package.json`. */
interface Manifest {
  readonly bin?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly files?: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The `package.json` of a workspace, or of the root: `.`. */
export function manifest(workspace: string): Manifest {
  return JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8')) as Manifest;
}

/** Every hand-written TypeScript file of a workspace's folders of that name. */
export function sources(...folders: readonly string[]): SourceFile[] {
  return workspaces.flatMap((workspace) =>
    folders.flatMap((folder) =>
      walk(join(root, workspace, folder))
        .filter((path) => path.endsWith('.ts') && !path.includes('/generated/'))
        .map((path) => ({ path: relative(root, path), workspace, text: readFileSync(path, 'utf8') })),
    ),
  );
}

/** A file's text without comments and with empty string literals, so that what is searched for is code. */
export function codeOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (match) =>
    match.startsWith('/') ? match.replaceAll(/[^\n]/g, ' ') : `''`,
  );
}

/** The specifiers that a file imports or re-exports, types included. */
export function imports(text: string): string[] {
  const pattern = /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)';|import\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}

/** The files below a folder; none where there is no such folder. */
function walk(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
  } catch {
    return [];
  }
}
