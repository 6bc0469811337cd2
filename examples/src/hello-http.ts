import { startLocalCluster } from '@mesos-ts/cli';
import { Resources } from '@mesos-ts/protocol';
import { SchedulerClient } from '@mesos-ts/scheduler/client';

await using cluster = await startLocalCluster({ numAgents: 1 });
const client = new SchedulerClient({
  master: `http://${cluster.masterAddress}`,
  framework: { name: 'hello', user: process.env['USER'] ?? 'root' },
});
const needs = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
]);
const names = ['Ada', 'Grace'];
let finished = 0;

for await (const event of client.events()) {
  if (event.type === 'UPDATE') {
    const { state, task_id } = event.update.status;
    console.log(`${task_id.value}: ${state}`);
    if (state === 'TASK_FINISHED' && ++finished === 2) void client.stop();
  }
  if (event.type !== 'OFFERS') continue;
  for (const { agent_id, id, resources: offered } of event.offers.offers ?? []) {
    const resources = Resources.of(offered).find(needs)?.toArray();
    const name = resources === undefined ? undefined : names.shift();
    if (name === undefined) await client.call({ type: 'DECLINE', decline: { offer_ids: [id] } });
    else {
      const task = { name, task_id: { value: name }, agent_id, resources, command: { value: `echo Hello, ${name}!` } };
      await client.call({
        type: 'ACCEPT',
        accept: {
          offer_ids: [id],
          operations: [{ type: 'LAUNCH', launch: { task_infos: [task] } }],
          filters: { refuse_seconds: 0 },
        },
      });
    }
  }
}
await client.stop();
