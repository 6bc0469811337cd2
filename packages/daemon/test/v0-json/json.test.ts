import test from 'ava';
import { labelsJson, messageJson, optionalJson } from '../../src/index.ts';

test('a message is shown with its own names, bytes as base64, and without what is not set', (t) => {
  const message = {
    id: { value: 'x' },
    data: Uint8Array.of(1, 2, 3),
    list: [{ a: undefined, b: false }],
    none: undefined,
  };
  t.deepEqual(messageJson(message), { id: { value: 'x' }, data: 'AQID', list: [{ b: false }] });
  t.is(optionalJson(undefined), undefined);
  t.deepEqual(optionalJson({ value: 1 }), { value: 1 });
});

test('labels are shown as a list, which is empty when they are but absent when they are not there', (t) => {
  t.is(
    JSON.stringify(labelsJson({ labels: [{ key: 'k', value: 'v' }, { key: 'flag' }] })),
    '[{"key":"k","value":"v"},{"key":"flag"}]',
  );
  t.deepEqual(labelsJson({}), []);
  t.is(labelsJson(undefined), undefined);
});
