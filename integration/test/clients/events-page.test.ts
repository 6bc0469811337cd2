import test from 'ava';
import { LocalCluster } from '../../src/local/local-cluster.ts';
import { Page } from '../../src/local/page.ts';
import { chromiumArguments, findChromium } from '../../src/local/tools.ts';

const chromium = findChromium();
const inChromium = chromium === undefined ? test.serial.skip : test.serial;
const missing = chromium === undefined ? ' (no Chromium here)' : '';
const waitMs = 120_000;

inChromium(
  `a web page hears of the cluster by EventSource and WebSocket, and EventSource comes back when it is broken off${missing}`,
  async (t) => {
    await using cluster = await LocalCluster.start();
    await using page = await Page.open('../clients/events-page.js', cluster.master);
    try {
      cluster.run('chromium', chromium ?? '', chromiumArguments(cluster.folder, page.url));
      await page.told.waitFor(/^EventSource SUBSCRIBED$/m, waitMs);
      await page.told.waitFor(/^WebSocket SUBSCRIBED$/m, waitMs);
      const framework_info = { name: 'heard-of', user: 'root' };
      const scheduler = await fetch(`${cluster.master}/api/v1/scheduler`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info } }),
      });
      t.is(scheduler.status, 200);
      await page.told.waitFor(/^EventSource FRAMEWORK_ADDED heard-of$/m, waitMs);
      await page.told.waitFor(/^WebSocket FRAMEWORK_ADDED heard-of$/m, waitMs);
      await scheduler.body?.cancel();
      await page.told.waitFor(/^EventSource FRAMEWORK_REMOVED$/m, waitMs);
      await page.told.waitFor(/^WebSocket FRAMEWORK_REMOVED$/m, waitMs);
      page.breakOff();
      await page.told.waitFor(/^EventSource SUBSCRIBED$[^]*^EventSource SUBSCRIBED$/m, waitMs);
    } catch (error) {
      t.log(`${page.told.tail(20)}\n${cluster.report()}`);
      throw error;
    }
  },
);
