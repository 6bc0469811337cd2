import { join } from 'node:path';
import test from 'ava';
import { LocalCluster } from '../../src/local/local-cluster.ts';
import { Page } from '../../src/local/page.ts';
import { chromiumArguments, findChromium } from '../../src/local/tools.ts';
import { repositoryRoot } from '../../src/repository.ts';
import { waitUntil } from '../../src/wait-until.ts';

const chromium = findChromium();
const inChromium = chromium === undefined ? test.serial.skip : test.serial;
const missing = chromium === undefined ? ' (no Chromium here)' : '';
const waitMs = 120_000;

interface Message {
  readonly type: string;
}

/** What the page has told of that kind. */
function messages(page: Page, kind: 'answer' | 'event'): Message[] {
  return page.told.text
    .split('\n')
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => JSON.parse(line.slice(kind.length + 1)) as Message);
}

inChromium(`@dcos/mesos-client of npm, in a browser, hears events and reads every answer${missing}`, async (t) => {
  await using cluster = await LocalCluster.start();
  await using page = await Page.open('../clients/mesos-client-page.js', cluster.master);
  try {
    cluster.run('chromium', chromium ?? '', chromiumArguments(cluster.folder, page.url));
    await page.told.waitFor(/^event .*"type":"SUBSCRIBED"/m, waitMs);
    await page.told.waitFor(/^event .*"type":"HEARTBEAT"/m, waitMs);
    await page.told.waitFor(/^refused NO_SUCH_CALL .*"code":400/m, waitMs);

    // Lengths are in bytes, and this name has more of them than characters.
    const name = 'Überwachung 監視 🔭';
    const abort = new AbortController();
    const subscribe = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'root', name } } };
    await fetch(`${cluster.master}/api/v1/scheduler`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(subscribe),
      signal: abort.signal,
    });
    await page.told.waitFor(new RegExp(`^event .*"type":"FRAMEWORK_ADDED".*"name":"${name}"`, 'm'), waitMs);
    abort.abort();
    await page.told.waitFor(/^event .*"type":"FRAMEWORK_REMOVED"/m, waitMs);

    const framework = cluster.run('mesos-framework', process.execPath, [
      join(repositoryRoot, 'integration/dist/src/clients/mesos-framework.js'),
      new URL(cluster.master).port,
      cluster.folder,
    ]);
    await page.told.waitFor(/^event .*"type":"TASK_ADDED".*"name":"sleeper-1"/m, waitMs);
    await page.told.waitFor(/^event .*"type":"TASK_UPDATED".*"TASK_RUNNING"/m, waitMs);
    framework.say('teardown');
    await page.told.waitFor(/^event .*"type":"TASK_UPDATED".*"TASK_KILLED"/m, waitMs);

    const types = async (): Promise<Set<string>> => new Set(messages(page, 'answer').map(({ type }) => type));
    const all = await waitUntil('there are 16 answers', types, ({ size }) => size === 16);
    t.true(all.has('GET_STATE'));
    t.notRegex(page.told.text, /^(?:failed|complete|refused GET_)/m);
    t.true(messages(page, 'event').length >= 8);
  } catch (error) {
    t.log(`${page.told.tail(20)}\n${cluster.report()}`);
    throw error;
  }
});
