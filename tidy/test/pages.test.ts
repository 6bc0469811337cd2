import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { build } from 'esbuild';
import { root } from '../src/tree.ts';

// What pages may import, in bytes with gzip; whoever makes a page load much more shall notice.
const limits: Readonly<Record<string, number>> = {
  // Measured at 45 kB, a third of it msgpackr.
  'packages/libprocess/dist/src/browser/index.js': 48_000,
  // Measured at 50, 53 and 54 kB, most of it the schema of all messages.
  'packages/http-api/dist/src/index.js': 58_000,
  'packages/operator/dist/src/index.js': 60_000,
  'packages/scheduler/dist/src/client/index.js': 62_000,
};

for (const [entry, gzippedMax] of Object.entries(limits)) {
  test(`a page can load ${entry}: nothing of Node.js, no eval of its own, and not too much`, async (t) => {
    const { metafile, outputFiles, warnings } = await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      // Named here and left out, so that this test can tell who asks for them.
      external: ['node:*', ...builtinModules],
      metafile: true,
      write: false,
    });
    t.deepEqual(warnings, []);
    const node = Object.entries(metafile.inputs).flatMap(([path, { imports }]) =>
      imports.filter((item) => item.external === true).map((item) => `${path} imports ${item.path}`),
    );
    t.deepEqual(node, [], 'What needs Node.js goes into an implementation that is given to the code for pages');
    const bytes = outputFiles[0]?.contents ?? new Uint8Array();
    const gzipped = gzipSync(bytes).length;
    t.log(`${bytes.length} bytes, ${gzipped} gzipped`);
    t.true(gzipped < gzippedMax, `${gzipped} bytes`);
    t.notRegex(Buffer.from(bytes).toString(), /\beval\(/);
  });
}
