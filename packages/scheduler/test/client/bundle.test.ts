import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../../src/client/index.js', import.meta.url));

// Measured at 52 kB, most of it the schema of all messages; whoever makes a page load much more shall notice.
const gzippedMax = 62_000;

test('a page can load the client: it holds nothing of Node.js, and not too much', async (t) => {
  const { metafile, outputFiles, warnings } = await build({
    entryPoints: [entry],
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
  t.deepEqual(node, []);
  const gzipped = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
  t.log(`${gzipped} bytes gzipped`);
  t.true(gzipped < gzippedMax, `${gzipped} bytes`);
});
