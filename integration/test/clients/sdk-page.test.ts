import test from 'ava';
import { LocalCluster } from '../../src/local/local-cluster.ts';
import { Page } from '../../src/local/page.ts';
import { chromiumArguments, findChromium } from '../../src/local/tools.ts';

const chromium = findChromium();
const inChromium = chromium === undefined ? test.serial.skip : test.serial;
const missing = chromium === undefined ? ' (no Chromium here)' : '';
const waitMs = 120_000;

inChromium(
  `a web page is a framework and an operator: it launches, loses its streams, subscribes again, reconciles and kills${missing}`,
  async (t) => {
    await using cluster = await LocalCluster.start();
    await using page = await Page.open('../clients/sdk-page.js', cluster.master);
    try {
      cluster.run('chromium', chromium ?? '', chromiumArguments(cluster.folder, page.url));
      await page.told.waitFor(/^operator "SUBSCRIBED"/m, waitMs);
      await page.told.waitFor(/^update "TASK_RUNNING"/m, waitMs);
      await page.told.waitFor(/^watched "TASK_RUNNING"/m, waitMs);
      page.breakOff();
      await page.told.waitFor(/^operator "DISCONNECTED"/m, waitMs);
      await page.told.waitFor(/^update "TASK_RUNNING REASON_RECONCILIATION"/m, waitMs);
      await page.told.waitFor(/^update "TASK_KILLED/m, waitMs);
      await page.told.waitFor(/^ended/m, waitMs);
      await page.told.waitFor(/^operator "DISCONNECTED"[^]*^operator "SUBSCRIBED"/m, waitMs);
      const ids = page.told.text.match(/^subscribed .*$/gm) ?? [];
      t.is(ids.length, 2);
      t.is(new Set(ids).size, 1, 'the same framework');
      t.notRegex(page.told.text, /^failed/m);
    } catch (error) {
      t.log(`${page.told.tail(20)}\n${cluster.report()}`);
      throw error;
    }
  },
);
