// A scheduler that knows nothing of this project but Mesos's HTTP API, on a real cluster: sockets, child processes, files.
import { userInfo } from 'node:os';
import { decode, encode, fromJson, parseResources, RecordDecoder, toJson } from '@mesos-ts/protocol';
import test from 'ava';
import { startLocalCluster } from '../src/index.ts';
import type { Offer_Operation, SchedulerCall, SchedulerEvent, TaskStatus } from '@mesos-ts/protocol';

type MediaType = 'application/json' | 'application/x-protobuf';

const callName = 'mesos.v1.scheduler.Call';
const eventName = 'mesos.v1.scheduler.Event';

/** Posts a call in one of its forms. */
function post(url: string, type: MediaType, call: SchedulerCall, streamId?: string): Promise<Response> {
  return fetch(`${url}/api/v1/scheduler`, {
    method: 'POST',
    headers: { 'content-type': type, accept: type, ...(streamId === undefined ? {} : { 'mesos-stream-id': streamId }) },
    body: type === 'application/json' ? JSON.stringify(toJson(callName, call)) : Buffer.from(encode(callName, call)),
  });
}

/** The events of a stream, one after the other. */
async function* eventsOf(response: Response, type: MediaType): AsyncGenerator<SchedulerEvent, void, void> {
  const decoder = new RecordDecoder();
  for await (const chunk of response.body ?? []) {
    for (const record of decoder.push(chunk as Uint8Array)) {
      yield type === 'application/json'
        ? fromJson(eventName, JSON.parse(Buffer.from(record).toString()))
        : decode(eventName, record);
    }
  }
}

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`a scheduler that speaks ${type} over HTTP runs a command, acknowledges what becomes of it, and leaves`, async (t) => {
    await using cluster = await startLocalCluster({ resources: 'cpus:1;mem:256;disk:256' });
    const framework_info = { user: userInfo().username, name: 'plain' };
    const subscribed = await post(cluster.masterUrl, type, { type: 'SUBSCRIBE', subscribe: { framework_info } });
    t.is(subscribed.status, 200);
    t.is(subscribed.headers.get('content-type'), type);
    const streamId = subscribed.headers.get('mesos-stream-id') ?? '';
    let framework_id = { value: '' };
    const call = async (body: SchedulerCall): Promise<void> => {
      const { status } = await post(cluster.masterUrl, type, { framework_id, ...body }, streamId);
      t.is(status, 202, body.type);
    };
    let isLaunched = false;
    const statuses: TaskStatus[] = [];
    const seen = new Set<string>();
    for await (const event of eventsOf(subscribed, type)) {
      seen.add(event.type ?? '');
      if (event.subscribed !== undefined) framework_id = event.subscribed.framework_id;
      const offer = event.offers?.offers?.[0];
      if (offer !== undefined && !isLaunched) {
        const { agent_id, id } = offer;
        const resources = parseResources('cpus:0.1;mem:32').value?.toArray() ?? [];
        const task = { name: 't', task_id: { value: 't' }, agent_id, resources, command: { value: 'exit 3' } };
        const operations: Offer_Operation[] = [{ type: 'LAUNCH', launch: { task_infos: [task] } }];
        isLaunched = true;
        await call({ type: 'ACCEPT', accept: { offer_ids: [id], operations } });
      }
      const status = event.update?.status;
      if (status?.agent_id === undefined || status.uuid === undefined) continue;
      statuses.push(status);
      const { agent_id, state, task_id, uuid } = status;
      await call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
      if (state === 'TASK_FAILED') await call({ type: 'TEARDOWN' });
    }
    t.deepEqual(
      statuses.map(({ state }) => state),
      ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED'],
    );
    t.is(statuses.at(-1)?.message, 'Command exited with status 3');
    t.true(seen.has('SUBSCRIBED') && seen.has('HEARTBEAT'), 'and its stream has ended with it');
  });
}
