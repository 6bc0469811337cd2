import test from 'ava';
import { answerTypeFor, messageTypeOf } from '../../src/index.ts';

test('the type of a call is compared byte for byte', (t) => {
  t.is(messageTypeOf('application/json'), 'application/json');
  t.is(messageTypeOf('application/x-protobuf'), 'application/x-protobuf');
  const others = ['application/json; charset=utf-8', 'Application/JSON', 'text/plain', 'application/recordio', ''];
  for (const other of others) t.is(messageTypeOf(other), undefined, other);
});

test('JSON is answered wherever Accept allows it, however much protobuf is preferred', (t) => {
  const json = [
    undefined,
    '*/*',
    'application/*',
    'application/x-protobuf, application/json;q=0.1',
    'application/json',
  ];
  for (const accept of json) t.is(answerTypeFor(accept), 'application/json', accept);
  // A client in Go sends the field twice, which arrives as a list.
  const protobuf = [
    'application/x-protobuf',
    'application/x-protobuf, application/x-protobuf',
    '*/*, application/json;q=0',
  ];
  for (const accept of protobuf) t.is(answerTypeFor(accept), 'application/x-protobuf', accept);
  for (const accept of ['text/html', 'application/recordio', '']) t.is(answerTypeFor(accept), undefined, accept);
});
