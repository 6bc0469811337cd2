import test from 'ava';
import { EventStream, StreamEvent, webSocketResponse } from '../../src/index.ts';

const event = new StreamEvent('mesos.v1.master.Event', { type: 'HEARTBEAT' });

function messages(stream: EventStream): AsyncIterator<string | Uint8Array> {
  const { body, status } = webSocketResponse(stream);
  if (status !== 101 || typeof body !== 'object' || body instanceof Uint8Array) throw new TypeError('no WebSocket');
  return body[Symbol.asyncIterator]();
}

test('each event is a message of text, to the end of the stream', async (t) => {
  const stream = new EventStream({ type: 'websocket' });
  const reader = messages(stream);
  stream.send(event);
  stream.send(
    new StreamEvent('mesos.v1.master.Event', { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: 'ä' } } }),
  );
  stream.end();
  t.deepEqual(await reader.next(), { done: false, value: '{"type":"HEARTBEAT"}' });
  t.deepEqual(await reader.next(), {
    done: false,
    value: '{"type":"AGENT_REMOVED","agent_removed":{"agent_id":{"value":"ä"}}}',
  });
  t.deepEqual(await reader.next(), { done: true, value: undefined });
  t.is(await stream.closed, 'ended');
});

test('a reader that leaves while it waits is noticed at once', async (t) => {
  const stream = new EventStream({ type: 'websocket' });
  const reader = messages(stream);
  const waiting = reader.next();
  await reader.return?.();
  t.is(await stream.closed, 'left');
  t.is((await waiting).done, true);
  t.false(stream.send(event));
});

test('a reader that is too slow hears why its stream is broken off', async (t) => {
  const stream = new EventStream({ type: 'websocket', backlogBytesMax: 50 });
  const reader = messages(stream);
  for (let count = 0; count < 5; count++) stream.send(event);
  t.is(await stream.closed, 'slow');
  await t.throwsAsync(reader.next(), { code: 'HTTP_READER_SLOW' });
});
