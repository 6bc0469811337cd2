import { connect } from 'node:net';
import { once } from 'node:events';
import { Process, Runtime, WebSocketTransport, parseAddress } from '@mesos-ts/libprocess';
import { decode } from '@mesos-ts/protocol';
import test from 'ava';
import { HttpExchange } from '../../src/testing/index.ts';
import { EventStream, StreamEvent, httpResponse, stream, type StreamType } from '../../src/index.ts';
import type { MasterEvent } from '@mesos-ts/protocol';

const heartbeat = new StreamEvent('mesos.v1.master.Event', { type: 'HEARTBEAT' });

/** Answers a stream to everybody; a test writes to it. */
class Streams extends Process {
  readonly open: EventStream[] = [];

  protected override initialize(): void {
    this.route('/stream', ({ query }) => {
      const type = (query.get('type') ?? 'application/json') as StreamType;
      const backlogBytesMax = Number(query.get('max') ?? 1_000_000);
      const events = new EventStream({ type, backlogBytesMax });
      this.open.push(events);
      events.send(heartbeat);
      return httpResponse(stream(events, { 'Mesos-Stream-Id': 'id' }), 'application/json');
    });
  }
}

async function started(): Promise<{ runtime: Runtime; streams: Streams; url: string } & AsyncDisposable> {
  const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const streams = new Streams('streams');
  runtime.spawn(streams);
  return {
    runtime,
    streams,
    url: `http://${runtime.address}/streams/stream`,
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}

function only(streams: Streams): EventStream {
  const [first] = streams.open;
  if (first === undefined) throw new Error('No stream is open');
  return first;
}

function chunk(record: string): string {
  return `${record.length.toString(16)}\r\n${record}\r\n`;
}

function added(text: string): StreamEvent<'mesos.v1.master.Event'> {
  const event: MasterEvent = { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: text } } };
  return new StreamEvent('mesos.v1.master.Event', event);
}

test('a stream is chunked, one record to a chunk, even for a client that wants the connection closed', async (t) => {
  await using site = await started();
  const { ip, port } = parseAddress(site.runtime.address);
  const socket = connect(port, ip);
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  socket.write(
    'GET /streams/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: gzip\r\nTE: trailers\r\n\r\n',
  );
  while (!received.includes('HEARTBEAT')) await once(socket, 'data');
  const events = only(site.streams);
  events.send(added('größe\n'));
  events.end();
  await once(socket, 'end');
  socket.destroy();
  const [head = '', body = ''] = received.split(/\r\n\r\n(.*)/s);
  t.regex(head, /transfer-encoding: chunked/i);
  t.regex(head, /content-type: application\/json\r\n/i);
  t.regex(head, /mesos-stream-id: id/i);
  t.notRegex(head, /content-encoding/i, 'never compressed');
  const first = '20\n{"type":"HEARTBEAT"}';
  const json = Buffer.from('{"type":"AGENT_REMOVED","agent_removed":{"agent_id":{"value":"größe\\n"}}}');
  const second = `${json.length}\n${json.toString('latin1')}`;
  t.is(body, `${chunk(first)}${chunk(second)}0\r\n\r\n`);
});

test('a stream is in protobuf, or in the form that browsers read, for those who want that', async (t) => {
  await using site = await started();
  const binary = await HttpExchange.open(`${site.url}?type=application/x-protobuf`);
  t.is(binary.headers['content-type'], 'application/x-protobuf');
  t.deepEqual(decode('mesos.v1.master.Event', (await binary.record()) ?? Buffer.alloc(0)), { type: 'HEARTBEAT' });
  binary.close();
  t.is(Buffer.from(heartbeat.frame('text/event-stream')).toString(), 'data: {"type":"HEARTBEAT"}\n\n');
});

test('an event is encoded once for each form, however many streams it goes to', (t) => {
  const event = added('a');
  t.is(event.frame('application/json'), event.frame('application/json'));
  t.is(event.frame('application/x-protobuf'), event.frame('application/x-protobuf'));
  t.not(event.frame('application/json'), event.frame('application/x-protobuf'));
});

test('a client that leaves closes its stream, and what is sent afterwards is lost', async (t) => {
  await using site = await started();
  const client = await HttpExchange.open(site.url);
  await client.record();
  client.close();
  const events = only(site.streams);
  t.is(await events.closed, 'left');
  t.false(events.send(heartbeat));
  events.end();
});

test('a stream that is ended is whole for its client', async (t) => {
  await using site = await started();
  const client = await HttpExchange.open(site.url);
  const events = only(site.streams);
  t.true(events.send(heartbeat));
  events.end();
  events.end();
  t.is(await events.closed, 'ended');
  t.true(await client.ended());
  t.is(client.chunks.length, 2);
});

test('a client that reads too slowly is cut off at once, and its stream is broken off for it', async (t) => {
  await using site = await started();
  const client = await HttpExchange.open(`${site.url}?max=100000`);
  await client.record();
  client.pause();
  const events = only(site.streams);
  const long = added('x'.repeat(50_000));
  let sent = 0;
  // The client's machine takes some of it: megabytes, at the most.
  while (events.send(long)) {
    sent++;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  t.true(sent > 1 && sent < 10_000, String(sent));
  t.is(await events.closed, 'slow');
  t.is(events.backlogBytes, 0, 'nothing is kept for it');
  client.resume();
  t.false(await client.ended(), 'it can see that it has missed something');
});

test('a single event may be as long as it likes, and leaves as much room for others as a short one', async (t) => {
  const events = new EventStream({ type: 'application/json', backlogBytesMax: 1_000 });
  t.true(events.send(added('x'.repeat(50_000))));
  t.true(events.send(added('x'.repeat(500))));
  t.false(events.send(added('x'.repeat(800))));
  t.is(await events.closed, 'slow');
});
