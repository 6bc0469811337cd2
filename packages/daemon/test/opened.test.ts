import test from 'ava';
import { startWith, type Opened } from '../src/opened.ts';

/** Opens parts that tell when they are closed. */
function openParts(opened: Opened, names: readonly string[], closed: string[]): void {
  for (const name of names) {
    opened.add(async () => {
      await Promise.resolve();
      closed.push(name);
    });
  }
}

test('what was opened is closed in the reverse order, one after the other, and once', async (t) => {
  const closed: string[] = [];
  const opened = await startWith((parts) => {
    openParts(parts, ['runtime', 'files', 'daemon'], closed);
    return Promise.resolve(parts);
  });
  t.deepEqual(closed, []);
  await Promise.all([opened.close(), opened.close()]);
  t.deepEqual(closed, ['daemon', 'files', 'runtime']);
});

test('when a start fails, what was opened until then is closed before that is told', async (t) => {
  const closed: string[] = [];
  await t.throwsAsync(
    startWith((opened) => {
      openParts(opened, ['runtime', 'files'], closed);
      return Promise.reject(new Error('no master'));
    }),
    { message: 'no master' },
  );
  t.deepEqual(closed, ['files', 'runtime']);
});
