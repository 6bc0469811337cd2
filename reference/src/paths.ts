/** Where things are, seen from the compiled file. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The folder of the generated pages. */
export const pagesFolder = join(root, 'docs/api');
/** What the examples ask, by hand. */
export const scenariosFolder = join(root, 'reference/scenarios');
/** What they were answered. */
export const answersFolder = join(root, 'reference/answers');
/** The text of the pages that is written by hand. */
export const proseFolder = join(root, 'reference/prose');
/** The `.proto` files, and what reads them. */
export const protocolFolder = join(root, 'packages/protocol');
