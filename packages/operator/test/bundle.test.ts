import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

// Measured at 51 kB, most of it the schema of Mesos; whoever makes a page load much more shall notice.
const gzippedMax = 60_000;

test('what a page loads holds nothing of Node.js, no eval of its own, and is small', async (t) => {
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
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  const gzipped = gzipSync(bytes).length;
  t.log(`${bytes.length} bytes, ${gzipped} gzipped`);
  t.true(gzipped < gzippedMax, `${gzipped} bytes`);
  t.notRegex(Buffer.from(bytes).toString(), /\beval\(/);
});
