import test from 'ava';
import { typedChecker } from '../../src/index.ts';

const read = typedChecker('mesos.v1.agent.ProcessIO', { CONTROL: 'control', DATA: 'data', UNKNOWN: undefined });

test('a message has the field that its type demands', (t) => {
  const io = read({ type: 'DATA', data: { type: 'STDOUT', data: Uint8Array.of(7) } });
  t.deepEqual(io.type === 'DATA' ? io.data.data : undefined, Uint8Array.of(7));
});

test('a message that lacks it is none, nor is one of another shape', (t) => {
  t.throws(() => read({ type: 'CONTROL', data: { type: 'STDOUT' } }), {
    code: 'PROTOCOL_INVALID_MESSAGE',
    message: "not a mesos.v1.agent.ProcessIO: CONTROL without 'control'",
  });
  t.throws(() => read({ type: 'DATA', data: { type: 1 } }), {
    code: 'PROTOCOL_INVALID_MESSAGE',
    message: /data\.type/,
  });
  t.throws(() => read({ type: 'NONE' }), { code: 'PROTOCOL_INVALID_MESSAGE' });
});

test('a message without a type is UNKNOWN, as in Mesos, and needs no other field', (t) => {
  t.deepEqual(read({}), { type: 'UNKNOWN' });
});
