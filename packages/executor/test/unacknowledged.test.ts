import test from 'ava';
import { unacknowledgedUpdatesMax } from '../src/constants.ts';
import { Unacknowledged } from '../src/unacknowledged.ts';
import { task } from './support/fake-agent.ts';

const uuid = (number: number): Uint8Array => Buffer.alloc(16, number.toString(16).padStart(8, '0'), 'hex');
const status = (id: string, number: number) =>
  ({ task_id: { value: id }, state: 'TASK_RUNNING', uuid: uuid(number) }) as const;

test('an update waits until it is acknowledged, a task until the first of its updates is', (t) => {
  const book = new Unacknowledged();
  book.launched(task('a'));
  book.launched(task('b'));
  book.updated(status('a', 1));
  book.updated(status('a', 2));
  t.deepEqual(book.acknowledged({ value: 'a' }, uuid(1)), status('a', 1));
  t.deepEqual(book.toSubscribe(), {
    unacknowledged_tasks: [task('b')],
    unacknowledged_updates: [{ status: status('a', 2) }],
  });
});

test('an acknowledgement of nothing that waits, or of another task, changes nothing', (t) => {
  const book = new Unacknowledged();
  book.updated(status('a', 1));
  t.is(book.acknowledged({ value: 'a' }, uuid(2)), undefined);
  t.is(book.acknowledged({ value: 'b' }, uuid(1)), undefined);
  t.is(book.size, 1);
});

test('what waits is bounded', (t) => {
  const book = new Unacknowledged();
  for (let number = 0; number < unacknowledgedUpdatesMax; number++) book.updated(status('a', number));
  t.throws(
    () => {
      book.updated(status('a', unacknowledgedUpdatesMax));
    },
    { code: 'EXECUTOR_UPDATES_MAX' },
  );
});
