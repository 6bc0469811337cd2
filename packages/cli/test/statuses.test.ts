// What the APIs answer with which status, over one connection that is kept, in the order of the checks of Mesos's sources: those of
// src/master/http.cpp (api, scheduler), src/slave/http.cpp (api, executor), 3rdparty/libprocess/src/process.cpp and src/decoder.hpp.
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startAgent, type AgentHandle } from '@mesos-ts/agent';
import { startMaster, type MasterHandle } from '@mesos-ts/master';
import { encode } from '@mesos-ts/protocol';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';

const temporary = await temporaryFolder();
const { path: folder } = temporary;
let master: MasterHandle;
let agent: AgentHandle;

test.before(async () => {
  const own = { ip: '127.0.0.1', port: 0 };
  master = await startMaster({ flags: own });
  agent = await startAgent({ flags: { ...own, master: master.address, work_dir: folder, resources: 'cpus:1;mem:64' } });
  await agent.registered;
});
test.after.always(async () => {
  await agent.close();
  await master.close();
  await temporary[Symbol.asyncDispose]();
});

interface Row {
  readonly at?: 'agent';
  /** @default POST */
  readonly method?: string;
  readonly path: string;
  /** @default JSON */
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
  readonly status: number;
  /** The whole body. */
  readonly text?: string;
  readonly answer?: Readonly<Record<string, string>>;
}

/** How a body goes over the network. */
const ways = {
  whole: (body: Buffer) => ({ headers: { 'content-length': String(body.length) }, pieces: [body] }),
  chunked: (body: Buffer) => ({
    headers: { 'transfer-encoding': 'chunked' },
    pieces: [body.subarray(0, 1), body.subarray(1)],
  }),
  compressed: (body: Buffer) => {
    const pieces = [gzipSync(body)];
    return { headers: { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }, pieces };
  },
} as const;

const either = "Expecting 'Content-Type' of application/json or application/x-protobuf";
const anyOf = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";
const only = (method: string, but: string): string =>
  `405 Method Not Allowed. Expecting one of { '${method}' }, but received '${but}'.`;
const protobuf = 'application/x-protobuf';
const kill = { type: 'KILL', framework_id: { value: 'f' }, kill: { task_id: { value: 't' } } };
const subscribe = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'u', name: 'n' } } };
const toExecutor = { framework_id: { value: 'f' }, executor_id: { value: 'e' } };

/** What the three JSON and protobuf endpoints have in common: each check hides those behind it. */
function common(path: string, call: string, more: Pick<Row, 'at' | 'body'> = {}): Row[] {
  const { body = {}, ...at } = more;
  return [
    { ...at, path, method: 'GET', type: null, status: 405, text: only('POST', 'GET'), answer: { allow: 'POST' } },
    { ...at, path, method: 'DELETE', type: 'text/x', status: 405, text: only('POST', 'DELETE') },
    { ...at, path, type: null, body: '{', status: 400, text: "Expecting 'Content-Type' to be present" },
    { ...at, path, type: 'application/json; charset=utf-8', body: '{', status: 415, text: either },
    { ...at, path, type: 'Application/JSON', body: '{', status: 415, text: either },
    { ...at, path, type: 'application/recordio', body: '{', status: 415, text: either },
    { ...at, path, body: '{x', status: 400, text: 'Failed to parse body into JSON: syntax error at line 1 near: x' },
    {
      ...at,
      path,
      type: protobuf,
      body: Buffer.of(0xff),
      status: 400,
      text: 'Failed to parse body into Call protobuf',
    },
    {
      ...at,
      path,
      body,
      headers: { accept: 'text/html' },
      status: 400,
      text: `Failed to validate ${call}: Expecting 'type' to be present`,
    },
    { ...at, path: `${path}/`, body, status: 400 },
    { ...at, path: `${path}?_ts=1`, body, status: 400 },
  ];
}

const rows: readonly Row[] = [
  ...common('/api/v1', 'master::Call'),
  ...common('/master/api/v1', 'master::Call'),
  ...common('/api/v1/scheduler', 'scheduler::Call'),
  ...common('/api/v1/executor', 'Executor::Call', { at: 'agent', body: toExecutor }),

  // The operator API of the master.
  { path: '/api/v1', body: { type: 'GET_HEALTH' }, headers: { accept: 'text/html' }, status: 406, text: anyOf },
  {
    path: '/api/v1',
    body: { type: 'GET_HEALTH' },
    headers: { accept: 'application/recordio' },
    status: 406,
    text: anyOf,
  },
  {
    path: '/api/v1',
    body: { type: 'GET_HEALTH' },
    status: 200,
    text: '{"type":"GET_HEALTH","get_health":{"healthy":true}}',
    answer: { 'content-type': 'application/json' },
  },
  {
    path: '/api/v1',
    type: protobuf,
    headers: { accept: protobuf },
    body: encode('mesos.v1.master.Call', { type: 'GET_HEALTH' }),
    status: 200,
    answer: { 'content-type': protobuf },
  },
  { path: '/api/v1', body: { type: 'UNKNOWN' }, status: 501 },
  {
    path: '/api/v1',
    body: { type: 'READ_FILE' },
    status: 400,
    text: "Failed to validate master::Call: Expecting 'read_file' to be present",
  },
  { path: '/api/v1', body: { type: 'READ_FILE', read_file: { path: '/no', offset: 0 } }, status: 404 },
  {
    path: '/api/v1',
    body: { type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } },
    status: 400,
    text: 'No framework found with specified ID',
  },
  { path: '/api/v1', body: { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: 'a' } } }, status: 404 },
  {
    path: '/api/v1',
    body: { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: { value: 'a' } } },
    status: 400,
    text: 'Agent is not deactivated',
  },
  { path: '/api/v1', headers: { 'content-length': String(1024 ** 3) }, status: 413 },
  { path: '/api/v1', headers: { 'content-encoding': 'br' }, body: '{}', status: 415 },

  // The scheduler API: what is answered without a message may come from whoever takes none.
  {
    path: '/api/v1/scheduler',
    body: kill,
    headers: { accept: 'text/html' },
    status: 400,
    text: 'Framework cannot be found',
  },
  { path: '/api/v1/scheduler', body: subscribe, headers: { accept: 'text/html' }, status: 406, text: anyOf },
  {
    path: '/api/v1/scheduler',
    body: subscribe,
    headers: { 'mesos-stream-id': 'x' },
    status: 400,
    text: "Subscribe calls should not include the 'Mesos-Stream-Id' header",
  },
  {
    path: '/api/v1/scheduler',
    body: { type: 'KILL' },
    status: 400,
    text: "Failed to validate scheduler::Call: Expecting 'framework_id' to be present",
  },

  // The executor API of the agent.
  { at: 'agent', path: '/api/v1/executor', body: { ...toExecutor, type: 'HEARTBEAT' }, status: 202, text: '' },
  {
    at: 'agent',
    path: '/api/v1/executor',
    body: { ...toExecutor, type: 'SUBSCRIBE', subscribe: {} },
    status: 400,
    text: 'Framework cannot be found',
  },
  {
    at: 'agent',
    path: '/api/v1/executor',
    body: { ...toExecutor, type: 'SUBSCRIBE', subscribe: {} },
    headers: { accept: 'text/html' },
    status: 406,
    text: anyOf,
  },

  // The operator API of the agent looks at all headers before the body.
  { at: 'agent', path: '/api/v1', method: 'GET', type: null, status: 405, text: only('POST', 'GET') },
  { at: 'agent', path: '/api/v1', type: null, body: '{', status: 400, text: "Expecting 'Content-Type' to be present" },
  {
    at: 'agent',
    path: '/api/v1',
    type: 'text/plain',
    body: '{',
    status: 415,
    text: `${either} or application/recordio`,
  },
  {
    at: 'agent',
    path: '/api/v1',
    type: 'application/recordio',
    body: '{',
    status: 400,
    text: "Expecting 'Message-Content-Type' to be set for streaming requests",
  },
  {
    at: 'agent',
    path: '/api/v1',
    type: 'application/recordio',
    headers: { 'message-content-type': 'text/x' },
    body: '{',
    status: 415,
    text: "Expecting 'Message-Content-Type' of application/json or application/x-protobuf",
  },
  {
    at: 'agent',
    path: '/api/v1',
    headers: { 'message-content-type': 'application/json' },
    body: '{',
    status: 415,
    text: "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
  },
  {
    at: 'agent',
    path: '/api/v1',
    headers: { accept: 'text/html' },
    body: '{',
    status: 406,
    text: "Expecting 'Accept' to allow application/json or application/x-protobuf or application/recordio",
  },
  {
    at: 'agent',
    path: '/api/v1',
    headers: { 'message-accept': 'application/json' },
    body: '{',
    status: 406,
    text: "Expecting 'Message-Accept' to be not set for non-streaming responses",
  },
  {
    at: 'agent',
    path: '/api/v1',
    body: { type: 'GET_HEALTH' },
    headers: { accept: 'application/recordio' },
    status: 406,
    text: 'Streaming response is not supported for GET_HEALTH call',
  },
  {
    at: 'agent',
    path: '/api/v1',
    body: { type: 'GET_HEALTH' },
    status: 200,
    text: '{"type":"GET_HEALTH","get_health":{"healthy":true}}',
  },
  { at: 'agent', path: '/api/v1', body: { type: 'UNKNOWN' }, status: 501 },

  // Version 0, and libprocess.
  { path: '/state', body: 'x', status: 200 },
  { path: '/state.json', method: 'GET', type: null, status: 404, text: '404 Not Found.' },
  { path: '/nobody/here', method: 'GET', type: null, status: 404, text: '404 Not Found.' },
  { path: '/teardown', method: 'GET', type: null, status: 405, text: only('POST', 'GET') },
  {
    path: '/teardown',
    type: null,
    body: '',
    status: 400,
    text: "Missing 'frameworkId' query parameter in the request body",
  },
  { path: '/redirect', method: 'GET', type: null, status: 307, text: '' },
  { path: '/files/read?path=/no', method: 'GET', type: null, status: 404, text: '' },
  { path: '/files/read', method: 'GET', type: null, status: 400 },
  { path: '/health', method: 'GET', type: null, status: 200, text: '' },
];

async function answer(
  row: Row,
  way: keyof typeof ways,
  connections: Agent,
): Promise<IncomingMessage & { text: string }> {
  const { body, headers = {}, method = 'POST', path, type = 'application/json' } = row;
  const bytes =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array
      ? Buffer.from(body ?? '')
      : Buffer.from(JSON.stringify(body));
  const sent = bytes.length === 0 ? { headers: {}, pieces: [] } : ways[way](bytes);
  const outgoing = request(`${row.at === 'agent' ? agent.url : master.url}${path}`, {
    method,
    agent: connections,
    headers: { ...sent.headers, ...(type === null ? {} : { 'content-type': type }), ...headers },
  });
  // What the server does not want to read to its end may break off.
  outgoing.on('error', () => undefined);
  for (const piece of sent.pieces) outgoing.write(piece);
  if (headers['content-length'] === undefined) outgoing.end();
  else outgoing.flushHeaders();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  // What is left of a body that was refused unread is never sent.
  if (headers['content-length'] !== undefined) outgoing.destroy();
  return Object.assign(response, { text });
}

for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
  test(`calls are answered with the statuses and words of Mesos, one after the other on a connection, bodies ${way}`, async (t) => {
    const connections = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => {
      connections.destroy();
    });
    const sockets = new Set<unknown>();
    for (const row of rows) {
      // A body that has a coding already is not compressed once more.
      if (way !== 'whole' && (row.headers?.['content-encoding'] ?? row.headers?.['content-length']) !== undefined)
        continue;
      const { headers, socket, statusCode, text } = await answer(row, way, connections);
      sockets.add(socket);
      const what = `${row.method ?? 'POST'} ${row.at ?? 'master'} ${row.path} ${JSON.stringify(row.headers)} ${JSON.stringify(row.body)}`;
      t.is(statusCode, row.status, `${what}: ${text}`);
      if (row.text !== undefined) t.is(text, row.text, what);
      for (const [name, value] of Object.entries(row.answer ?? {})) t.is(headers[name], value, what);
    }
    // One with each daemon, and another after each body that was not read to its end.
    t.true(sockets.size <= 4, `${sockets.size} connections for ${rows.length} requests`);
  });
}

// As `route(...)` in src/master/{master,registrar}.cpp, src/master/allocator/mesos/hierarchical.cpp, src/slave/slave.cpp, src/files/files.cpp.
const masterPaths = [
  '/',
  '/api/v1',
  '/api/v1/scheduler',
  '/create-volumes',
  '/destroy-volumes',
  '/flags',
  '/frameworks',
  '/health',
  '/machine/down',
  '/machine/up',
  '/maintenance/schedule',
  '/maintenance/status',
  '/quota',
  '/redirect',
  '/reserve',
  '/roles',
  '/slaves',
  '/state',
  '/state-summary',
  '/tasks',
  '/teardown',
  '/unreserve',
  '/weights',
];
const agentPaths = [
  '/api/v1',
  '/api/v1/executor',
  '/api/v1/resource_provider',
  '/containerizer/debug',
  '/containers',
  '/flags',
  '/health',
  '/monitor/statistics',
  '/state',
];
const commonPaths = [
  '/__processes__',
  '/files/browse',
  '/files/debug',
  '/files/download',
  '/files/read',
  '/help',
  '/logging/toggle',
  '/metrics/snapshot',
  '/profiler/start',
  '/profiler/stop',
  '/system/stats.json',
  '/version',
];

test('every endpoint of Mesos is there, below its actor and below none', async (t) => {
  const urls = [
    ...masterPaths.flatMap((path) => [`${master.url}${path}`, `${master.url}/master${path}`]),
    ...agentPaths.flatMap((path) => [`${agent.url}${path}`, `${agent.url}/slave(1)${path}`]),
    ...commonPaths.flatMap((path) => [`${master.url}${path}`, `${agent.url}${path}`]),
    `${master.url}/registrar(1)/registry`,
    `${master.url}/allocator/offer_constraints_debug`,
  ];
  for (const url of urls) {
    const response = await fetch(url, { redirect: 'manual' });
    await response.arrayBuffer();
    t.true([200, 307, 400, 405].includes(response.status), `${url}: ${response.status}`);
  }
});

test('what makes no sense on the wire is refused by the edge, and the connection with it', async (t) => {
  const { hostname, port } = new URL(master.url);
  const { connect } = await import('node:net');
  const statusOf = async (text: string): Promise<string> => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(text);
    let all = '';
    for await (const chunk of socket) all += String(chunk);
    return all.split('\r\n')[0] ?? '';
  };
  t.is(await statusOf('nonsense\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
  t.is(await statusOf('GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
  t.regex(await statusOf(`GET /health HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  t.is(await statusOf('GET /health HTTP/1.0\r\n\r\n'), 'HTTP/1.1 200 OK');
});
