import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';

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
