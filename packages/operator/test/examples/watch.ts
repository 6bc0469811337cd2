import { OperatorClient } from '@mesos-ts/operator';

const client = new OperatorClient({ url: process.env['MESOS_URL'] ?? 'http://127.0.0.1:5050' });
const { agents = [] } = await client.getAgents();
for (const { active, agent_info } of agents) console.log(`${agent_info.hostname} ${active ? 'is there' : 'is away'}`);

for await (const event of client.events({ signal: AbortSignal.timeout(60_000) })) {
  if (event.type === 'SUBSCRIBED') console.log(`${event.subscribed.get_state?.get_tasks?.tasks?.length ?? 0} tasks`);
  else if (event.type === 'DISCONNECTED') console.log(event.disconnected.error.message);
  else if (event.type === 'TASK_UPDATED') {
    const { state, status } = event.task_updated;
    console.log(`${status.task_id.value}: ${state}`);
    if (state === 'TASK_FINISHED') break;
  }
}
