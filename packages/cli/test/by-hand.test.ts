// The clusters of README.md and of docs/running-a-cluster.md, set up by their very commands, as real OS processes.
import { readFileSync } from 'node:fs';
import { freePort } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { folderOf, run, shell, start } from './support/guide.ts';
import type { ExecutionContext } from 'ava';

/** The arguments of all `npx mesos` commands of a document, in their order, for this machine in place of those of the document. */
function invocations(path: string, folder: string, port: number): string[][] {
  const document = readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8').replaceAll('\\\n', '');
  return [...document.matchAll(/^(?: {4}\$ )?npx mesos (.*?)(?: &)?$/gm)].map(([, command = '']) =>
    shell(folder, `printf '%s\\n' ${command}`)
      .trimEnd()
      .replaceAll('10.0.0.', '127.0.0.')
      .replaceAll(/\/(?:tmp|var\/lib)\/mesos/g, folder)
      .replaceAll('5050', String(port))
      .replace('sleep 30', 'sleep 1')
      .split('\n'),
  );
}

/** Starts the master and the agent of a document, runs its other commands one after the other, and answers what each has printed. */
async function follow(t: ExecutionContext, path: string): Promise<ReadonlyMap<string, string>> {
  t.timeout(300_000);
  const folder = await folderOf(t);
  const port = await freePort();
  const outputs = new Map<string, string>();
  for (const argv of invocations(path, folder, port)) {
    const [name = '', detail = ''] = argv;
    if (name === 'master') await start(t, argv).printed(/is ready and serves http:/);
    else if (name === 'agent') await start(t, [...argv, '--port=0']).printed(/Registered with master/);
    else {
      const { out, status } = await run(argv, { MESOS_MASTER: `127.0.0.1:${port}` });
      t.is(status, 0, `${argv.join(' ')}: ${out}`);
      outputs.set(name === 'task' ? `task ${detail}` : name, out);
    }
  }
  return outputs;
}

test('the commands of README.md make a cluster that runs a task', async (t) => {
  const outputs = await follow(t, 'README.md');
  t.deepEqual([...outputs.keys()], ['execute', 'tasks', 'task log']);
  t.regex(outputs.get('execute') ?? '', /TASK_FINISHED for task 'hello'/);
  t.regex(outputs.get('tasks') ?? '', /^hello +hello +TASK_FINISHED /m);
  t.is(outputs.get('task log'), 'Hello\n');
});

test('the commands of docs/running-a-cluster.md make a cluster whose agent has what it was given', async (t) => {
  const outputs = await follow(t, 'docs/running-a-cluster.md');
  t.deepEqual([...outputs.keys()], ['agents', 'execute', 'tasks', 'task log']);
  t.regex(outputs.get('agents') ?? '', / 127\.0\.0\.2:\d+ +active +0\/4 +0\/2048 +0\/4096$/m);
  t.regex(outputs.get('tasks') ?? '', /^hello +hello +TASK_FINISHED /m);
  t.regex(outputs.get('task log') ?? '', /^\S+\n$/);
});
