import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { filesBelow, workspaces } from './workspaces.mjs';

const OUTPUT = /\/dist\/((?:src|test)\/.*?)(?:\.d\.ts|\.js)(?:\.map)?$/;

/** Removes what was compiled from sources that are gone, so that deleted tests and modules do not live on. */
export function removeStaleOutputs() {
  for (const folder of workspaces()) {
    for (const path of filesBelow(`${folder}/dist`)) {
      const source = OUTPUT.exec(path)?.[1];
      if (source !== undefined && !existsSync(join(root, folder, `${source}.ts`)))
        rmSync(join(root, path), { force: true });
    }
  }
}
