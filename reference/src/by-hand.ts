// A framework without a library: it subscribes, runs one task, acknowledges what becomes of it, and leaves.
const master = process.argv[2] ?? 'http://127.0.0.1:5050';
let streamId: string | undefined;

async function call(body: object): Promise<Response> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (streamId !== undefined) headers['Mesos-Stream-Id'] = streamId;
  const answer = await fetch(`${master}/api/v1/scheduler`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer;
}

/** The records of a stream: each is its length in bytes, a line feed, and so many bytes of JSON. */
async function* records(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const length = Number(rest.subarray(0, end).toString());
      if (rest.length < end + 1 + length) break;
      yield rest.subarray(end + 1, end + 1 + length).toString();
      rest = rest.subarray(end + 1 + length);
    }
  }
}

const framework_info = {
  user: process.env['USER'] ?? 'root',
  name: 'by hand',
  roles: ['*'],
  capabilities: [{ type: 'MULTI_ROLE' }],
};
const { body, headers } = await call({ type: 'SUBSCRIBE', subscribe: { framework_info } });
streamId = headers.get('Mesos-Stream-Id') ?? undefined;
if (body === null) throw new Error('There is no stream');

const resources = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 }, allocation_info: { role: '*' } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 }, allocation_info: { role: '*' } },
];
let framework_id: { value: string } | undefined;
let isLaunched = false;
for await (const record of records(body)) {
  const event = JSON.parse(record);
  if (event.type === 'SUBSCRIBED') framework_id = event.subscribed.framework_id;
  if (event.type === 'ERROR') throw new Error(event.error.message);
  if (event.type === 'OFFERS' && !isLaunched) {
    isLaunched = true;
    const [{ agent_id, id }] = event.offers.offers;
    const task = { name: 'hello', task_id: { value: 'hello' }, agent_id, resources, command: { value: 'echo hello' } };
    const launch = { type: 'LAUNCH', launch: { task_infos: [task] } };
    await call({ framework_id, type: 'ACCEPT', accept: { offer_ids: [id], operations: [launch] } });
  }
  if (event.type === 'UPDATE') {
    const { agent_id, message, state, task_id, uuid } = event.update.status;
    console.log(task_id.value, state, message ?? '');
    if (uuid !== undefined) await call({ framework_id, type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
    if (!['TASK_STARTING', 'TASK_RUNNING'].includes(state)) await call({ framework_id, type: 'TEARDOWN' });
  }
}
