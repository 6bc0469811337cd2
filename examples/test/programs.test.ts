import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ChildProcess } from 'node:child_process';

async function run(program: string, ...args: readonly string[]): Promise<{ status: number | null; lines: string[] }> {
  const path = fileURLToPath(new URL(`../src/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, lines: output.trimEnd().split('\n') };
}

test('the actors of the README greet each other over a WebSocket', async (t) => {
  t.deepEqual(await run('hello-actors.js'), { status: 0, lines: ['greeter says: Hello, Ada!'] });
});

test('the framework of the README runs its three tasks on a local cluster', async (t) => {
  const { status, lines } = await run('hello-framework.js');
  t.is(status, 0);
  const states = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'];
  for (const name of ['Ada', 'Barbara', 'Grace']) {
    t.deepEqual(
      lines.filter((line) => line.startsWith(`${name}: `)),
      states.map((state) => `${name}: ${state}`),
    );
  }
});

test('the client of the guide runs its two tasks on a local cluster over HTTP', async (t) => {
  const { status, lines } = await run('hello-http.js');
  t.is(status, 0);
  for (const name of ['Ada', 'Grace']) {
    t.deepEqual(
      lines.filter((line) => line.startsWith(`${name}: `)),
      ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'].map((state) => `${name}: ${state}`),
    );
  }
});

test('the service whose health check fails is killed, and another takes its place', async (t) => {
  const { status, lines } = await run('hello-health.js');
  t.is(status, 0);
  t.deepEqual(lines, [
    'service-1: TASK_STARTING',
    'service-1: TASK_RUNNING',
    'service-1: TASK_RUNNING, healthy',
    'service-1: TASK_RUNNING, unhealthy',
    'service-1: TASK_RUNNING, unhealthy',
    'service-1: TASK_KILLED, unhealthy',
    'service-2: TASK_STARTING',
    'service-2: TASK_RUNNING',
    'service-2: TASK_RUNNING, healthy',
  ]);
});

const interruptions: [how: string, interrupt: (child: ChildProcess) => void][] = [
  [
    'Ctrl-C, which arrives twice where npm passes on what the terminal sends to both',
    (child) => [child.kill('SIGINT'), child.kill('SIGINT'), child.kill('SIGINT')],
  ],
  ['SIGTERM', (child) => child.kill('SIGTERM')],
  ['the end of its terminal', (child) => [child.stdout?.destroy(), child.stderr?.destroy(), child.kill('SIGHUP')]],
  ['a reader that goes away', (child) => child.stdout?.destroy()],
];

for (const [how, interrupt] of interruptions) {
  test(`the word count leaves no process and no file behind after ${how}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wordcount-test-'));
    const program = fileURLToPath(new URL('../src/wordcount/main.js', import.meta.url));
    const child = spawn(process.execPath, [program, '--shards=40'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    // Some shards are done, and others run.
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      if (/^[1-9]\d*\/\d+ shards/m.test(String(chunk))) break;
    }
    interrupt(child);
    t.deepEqual(await ended, [1, null]);
    t.deepEqual(readdirSync(folder), []);
    // Whose environment names the folder: executors and tasks have it in theirs.
    const { stdout: processes } = spawnSync('ps', ['axeww', '-o', 'args='], { encoding: 'utf8' });
    t.false(processes.includes(folder));
    rmSync(folder, { recursive: true });
  });
}
