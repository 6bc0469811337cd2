import test from 'ava';
import { HelpProcess, Process, Runtime, jsonResponse } from '../../src/index.ts';
import { markdownToHtml } from '../../src/http/markdown.ts';
import type { InjectedResponse } from '../../src/index.ts';

class Counter extends Process {
  protected override initialize(): void {
    this.route('/count', () => jsonResponse(1), {
      realm: 'readonly',
      help: {
        summary: 'The count.',
        description: 'Counts <everything>.',
        authorization: 'Only counters may.',
        references: '[docs]: http://docs.example/',
      },
    });
    this.route('/deep/er', () => jsonResponse(2), { help: 'One line.' });
    this.route('/silent', () => jsonResponse(3));
  }
}

class Quiet extends Process {}

async function get(url: string, agent?: string): Promise<InjectedResponse> {
  await using runtime = new Runtime({ delegate: 'counter' });
  runtime.spawn(new HelpProcess());
  runtime.spawn(new Counter('counter'));
  runtime.spawn(new Counter('another(1)'));
  runtime.spawn(new Counter('__hidden__'));
  runtime.spawn(new Quiet('quiet'));
  return await runtime.inject({ url, headers: agent === undefined ? {} : { 'User-Agent': agent } });
}

test('/help?format=json has every actor with its endpoints and their texts, in order', async (t) => {
  const { body, headers } = await get('/help?format=json');
  t.is(headers['content-type'], 'application/json');
  const { processes } = JSON.parse(body.toString()) as {
    processes: { id: string; endpoints: { name: string; text: string }[] }[];
  };
  t.deepEqual(
    processes.map(({ id, endpoints }) => [id, endpoints.map(({ name }) => name)]),
    [
      ['another(1)', ['/count', '/deep/er', '/silent']],
      ['counter', ['/count', '/deep/er', '/silent']],
    ],
  );
  t.regex(processes[1]?.endpoints[2]?.text ?? '', /No help page for `\/counter\/silent`/);
});

test('curl and HTTPie get Markdown with usage, authentication and what the route says of itself', async (t) => {
  for (const agent of ['curl/8.5.0', 'HTTPie/3.2']) {
    const { body, headers, status } = await get('/help/counter/count', agent);
    t.is(status, 200);
    t.is(headers['content-type'], 'text/x-markdown');
    const text = body.toString();
    t.true(text.startsWith('### USAGE ###\n>        /count\n>        /counter/count\n\n### TL;DR; ###\nThe count.\n'));
    t.regex(text, /### DESCRIPTION ###\nCounts <everything>\.\n\n### AUTHENTICATION ###\n.*`readonly`/);
    t.regex(text, /### AUTHORIZATION ###\nOnly counters may\.\n\n\[docs\]/);
  }
  const deep = (await get('/help/another(1)/deep/er', 'curl/8')).body.toString();
  t.true(deep.startsWith('### USAGE ###\n>        /another(1)/deep/er\n\n### TL;DR; ###\nOne line.\n'));
});

test('browsers get HTML whose links lead from the index to actors and endpoints, and in which texts stay texts', async (t) => {
  const index = await get('/help', 'Mozilla/5.0');
  t.is(index.headers['content-type'], 'text/html');
  t.regex(index.body.toString(), /<a href="help\/counter">\/counter<\/a>/);
  const actor = (await get('/help/counter')).body.toString();
  t.regex(actor, /<a href="counter\/count">\/counter\/count<\/a>/);
  const page = (await get('/help/counter/count')).body.toString();
  t.regex(page, /Counts &lt;everything&gt;\./);
  t.regex(page, /<h3>TL;DR;<\/h3>\n<p>The count\.<\/p>/);
});

test('help of an actor that is not there is 404, of an endpoint that is not there 400', async (t) => {
  t.is((await get('/help/nobody')).status, 404);
  t.is((await get('/help/quiet')).status, 404);
  t.is((await get('/help/help')).status, 404);
  const { body, status } = await get('/help/counter/none');
  t.is(status, 400);
  t.is(body.toString(), "No help available for '/counter/none'.\n");
});

test('an actor that has ended is not in the help any more', async (t) => {
  await using runtime = new Runtime();
  runtime.spawn(new HelpProcess());
  const pid = runtime.spawn(new Counter('counter'));
  t.is((await runtime.inject({ url: '/help/counter' })).status, 200);
  runtime.terminate(pid);
  await runtime.wait(pid);
  t.is((await runtime.inject({ url: '/help/counter' })).status, 404);
});

test('Markdown becomes HTML: quotes, code, lists, links by reference; tags and quotes in it are escaped', (t) => {
  t.is(
    markdownToHtml('# A `b` #\n> [x][y]\n>     code <1>\n\n* one\n* two\n\nplain [z][y]\nmore "<b>"\n\n[y]: a/"b\n'),
    [
      '<h1>A <code>b</code></h1>',
      '<blockquote><p><a href="a/&quot;b">x</a></p>',
      '<pre><code>code &lt;1&gt;</code></pre></blockquote>',
      '<ul><li>one</li><li>two</li></ul>',
      '<p>plain <a href="a/&quot;b">z</a><br>',
      'more &quot;&lt;b&gt;&quot;</p>',
    ].join('\n'),
  );
});
