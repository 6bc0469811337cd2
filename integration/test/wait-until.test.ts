import test from 'ava';
import { waitUntil } from '../src/wait-until.ts';

test('waiting reads until what is read is as it should be', async (t) => {
  let reads = 0;
  const read = async () => {
    reads += 1;
    return reads;
  };
  t.is(await waitUntil('three reads', read, (value) => value === 3), 3);
});

test('waiting in vain ends in time, with what was read last', async (t) => {
  const waiting = waitUntil(
    'never',
    async () => ({ tasks: ['a'] }),
    () => false,
    1,
  );
  await t.throwsAsync(waiting, { message: "Not so within 1 ms: never. At last it was { tasks: [ 'a' ] }" });
});

test('what cannot be read is read again, and the reason is told when time is over', async (t) => {
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads < 3) throw new Error('not yet');
    return reads;
  };
  t.is(await waitUntil('three reads', read, (value) => value === 3), 3);
  const waiting = waitUntil(
    'never',
    async () => Promise.reject(new Error('gone')),
    () => false,
    1,
  );
  await t.throwsAsync(waiting, {
    message: 'Not so within 1 ms: never. At last it could not be read: Error: gone',
  });
});
