import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';
import { Chromium, findChromium } from '../../support/chromium.ts';
import { eventually } from '../../../src/testing/index.ts';
import { serve } from './server.ts';

const path = findChromium();
// Where there is no browser this is skipped, and the report says so.
const inChromium = path === undefined ? test.skip : test;

inChromium('the page of the guide is greeted, answers, and is known to be closed', async (t) => {
  const entryPoints = [fileURLToPath(new URL('page.js', import.meta.url))];
  const bundle = await build({ entryPoints, bundle: true, format: 'esm', platform: 'browser', write: false });
  const said: string[] = [];
  await using server = await serve(bundle.outputFiles[0]?.text ?? '', (line) => said.push(line));
  const chromium = await Chromium.start(path ?? '');
  try {
    const tab = await chromium.open(`http://${server.address}/host/page`);
    await eventually(() => said.length === 1, 'the page says its thanks');
    await chromium.close(tab);
    await eventually(() => said.length === 2, 'the page is known to be closed');
    t.deepEqual(said, ['glad to see you, too', 'the page of visitor has been closed']);
  } finally {
    await chromium.end();
  }
});
