import test from 'ava';
import { typedChecker } from '../../src/index.ts';

const read = typedChecker('mesos.v1.executor.Event', {
  ACKNOWLEDGED: 'acknowledged',
  ERROR: 'error',
  HEARTBEAT: undefined,
  KILL: 'kill',
  LAUNCH: 'launch',
  LAUNCH_GROUP: 'launch_group',
  MESSAGE: 'message',
  SHUTDOWN: undefined,
  SUBSCRIBED: 'subscribed',
  UNKNOWN: undefined,
});

test('a message has the field that its type demands', (t) => {
  const event = read({ type: 'ERROR', error: { message: 'm' } });
  t.is(event.type === 'ERROR' ? event.error.message : undefined, 'm');
  t.deepEqual(read({ type: 'SHUTDOWN' }), { type: 'SHUTDOWN' });
});

test('a message that lacks it is none, nor is one of another shape', (t) => {
  t.throws(() => read({ type: 'KILL', error: { message: 'm' } }), {
    code: 'PROTOCOL_INVALID_MESSAGE',
    message: "not a mesos.v1.executor.Event: KILL without 'kill'",
  });
  t.throws(() => read({ type: 'ERROR', error: {} }), { code: 'PROTOCOL_INVALID_MESSAGE', message: /error\.message/ });
  t.throws(() => read({ type: 'NONE' }), { code: 'PROTOCOL_INVALID_MESSAGE' });
});

test('a message without a type is UNKNOWN, as in Mesos', (t) => {
  t.deepEqual(read({}), { type: 'UNKNOWN' });
});
