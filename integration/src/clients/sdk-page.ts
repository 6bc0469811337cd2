/**
 * What runs in a web page: this project's clients. A framework that launches a task, and kills it when it has been told twice that it runs;
 * and an operator who watches. The page's server is told what they hear, in order.
 */
import { OperatorClient } from '@mesos-ts/operator';
import { SchedulerClient } from '@mesos-ts/scheduler/client';

declare const location: { readonly origin: string };

const master = `${location.origin}/mesos`;
let told: Promise<unknown> = Promise.resolve();

function tell(what: string, more: unknown = ''): Promise<unknown> {
  told = told.then(() => fetch('/told', { method: 'POST', body: `${what} ${JSON.stringify(more)}\n` }));
  return told;
}

async function watch(): Promise<void> {
  const operator = new OperatorClient({ url: master });
  for await (const event of operator.events()) {
    if (event.type === 'TASK_UPDATED') void tell('watched', event.task_updated.state);
    else void tell('operator', event.type);
  }
}

const resources = [
  { name: 'cpus', type: 'SCALAR' as const, scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR' as const, scalar: { value: 16 } },
];
const task_id = { value: 'of-a-page' };

async function schedule(): Promise<void> {
  const client = new SchedulerClient({
    master,
    framework: { name: 'page', user: 'root', failover_timeout: 600 },
    subscribeBackoffMs: 100,
  });
  let isLaunched = false;
  for await (const event of client.events()) {
    if (event.type === 'SUBSCRIBED') void tell('subscribed', client.frameworkId?.value);
    if (event.type === 'OFFERS') {
      for (const { agent_id, id } of event.offers.offers ?? []) {
        const command = { value: 'exec sleep 600' };
        const task_infos = [{ name: 'of a page', task_id, agent_id, resources, command }];
        const operations = isLaunched ? [] : [{ type: 'LAUNCH' as const, launch: { task_infos } }];
        isLaunched = true;
        await client.call({ type: 'ACCEPT', accept: { offer_ids: [id], operations } });
      }
    }
    if (event.type === 'UPDATE') {
      const { reason = '', state } = event.update.status;
      void tell('update', `${state} ${reason}`.trim());
      if (state === 'TASK_RUNNING' && reason === 'REASON_RECONCILIATION') {
        await client.call({ type: 'KILL', kill: { task_id } });
      }
      if (state === 'TASK_KILLED') await client.stop();
    }
  }
  await tell('ended');
}

for (const work of [watch, schedule]) {
  work().catch((error: unknown) => tell('failed', String(error)));
}
