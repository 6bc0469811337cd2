import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder: this file runs as `integration/dist/src/repository.js`. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..');
