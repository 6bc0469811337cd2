/**
 * A framework on npm's `mesos-framework`: `mesos-framework.js PORT FOLDER [FRAMEWORK-ID]`. Prints what happens, each as a line
 * `EVENT JSON`, and does what it reads: `kill NAME`, `message NAME`, `reconcile`, `teardown`, each on a line.
 */
import { createInterface } from 'node:readline';
import framework from 'mesos-framework';

const [port = '', folder = '', frameworkId] = process.argv.slice(2);
const { CommandInfo, Environment } = framework.Mesos.getMesos();
const environment = new Environment([new Environment.Variable('GREETING', 'hello')]);
const sleeper = new CommandInfo(null, environment, true, 'echo "$GREETING from $PORT0"; exec sleep 600', null, null);

const scheduler = new framework.Scheduler({
  masterUrl: '127.0.0.1',
  port,
  frameworkName: 'mesos-framework',
  frameworkFailoverTimeout: 600,
  logging: { level: 'error', path: folder, fileName: 'mesos-framework.log' },
  tasks:
    frameworkId === undefined
      ? { sleeper: { instances: 2, commandInfo: sleeper, resources: { cpus: 0.2, mem: 32, ports: 1, disk: 0 } } }
      : {},
});
if (frameworkId !== undefined) scheduler.frameworkId = frameworkId;

const events = ['subscribed', 'offers', 'update', 'heartbeat', 'failure', 'rescind', 'message', 'error'];
const sent = ['accept', 'acknowledge', 'decline', 'kill', 'message', 'reconcile', 'subscribe', 'teardown'];
for (const name of [...events, ...sent.map((call) => `sent_${call}`)]) {
  scheduler.on(name, (value: unknown) => {
    process.stdout.write(`${name} ${JSON.stringify(value) ?? ''}\n`);
  });
}
scheduler.on('ready', () => {
  scheduler.subscribe();
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const [order, name] = line.split(' ');
  const task = scheduler.launchedTasks.find((launched) => launched.name === name);
  const agentId = task?.runtimeInfo?.agentId ?? '';
  if (order === 'kill' && task !== undefined) scheduler.kill(task.taskId, agentId);
  else if (order === 'message' && task !== undefined) scheduler.message(agentId, task.taskId, 'anybody there?');
  else if (order === 'reconcile') scheduler.reconcile();
  else if (order === 'teardown') scheduler.teardown();
  else process.stdout.write(`unknown ${line}\n`);
});
