import test from 'ava';
import { Normaliser } from '../src/normalise.ts';

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';

function normaliser(): Normaliser {
  return new Normaliser([['/tmp/x', '/var/lib/mesos']], new Map([[4711, 5050]]));
}

test('the same id is shown as the same, and another one as another, wherever they stand', (t) => {
  const normal = normaliser();
  const shown = normal.json({
    id: `${one}-0000`,
    of: one,
    other: two,
    text: `Framework ${one}-0000 is gone`,
    [one]: 1,
  });
  const again = new Normaliser([], new Map()).json({ id: `${two}-0000`, of: two, other: one });
  t.like(shown, { id: (again as { id: string }).id, of: (again as { of: string }).of });
  const { id, of, other, text } = shown as Record<string, string>;
  t.is(id, `${of}-0000`);
  t.not(of, other);
  t.is(text, `Framework ${of}-0000 is gone`);
  t.true(Object.keys(shown as object).includes(of ?? ''));
});

test('an id of 16 bytes in base64 is that of its text', (t) => {
  const normal = normaliser();
  const bytes = Buffer.from(one.replaceAll('-', ''), 'hex').toString('base64');
  t.is(
    (normal.json({ uuid: bytes }) as { uuid: string }).uuid,
    (normal.json({ uuid: { value: bytes } }) as { uuid: { value: string } }).uuid.value,
  );
  t.deepEqual(normal.json({ uuid: 'AAAA' }), { uuid: 'AAAA' });
});

test('offers are numbered as they come', (t) => {
  const normal = normaliser();
  const shown = normal.json([`${one}-O17`, `${one}-O4`, `${one}-O17`]) as string[];
  t.deepEqual(
    shown.map((id) => id.slice(36)),
    ['-O0', '-O1', '-O0'],
  );
});

test('times are always the same, and lengths of time are as they are', (t) => {
  const normal = normaliser();
  t.deepEqual(normal.json({ start_time: { nanoseconds: 5 }, duration: { nanoseconds: 5 }, timestamp: 7, weight: 7 }), {
    start_time: { nanoseconds: 1_767_225_600_000_000_000 },
    duration: { nanoseconds: 5 },
    timestamp: 1_767_225_600,
    weight: 7,
  });
});

test('folders and ports of the cluster are those of the pages', (t) => {
  t.deepEqual(normaliser().json({ port: 4711, size: 4711, path: '/tmp/x/agent' }), {
    port: 5050,
    size: 4711,
    path: '/var/lib/mesos/agent',
  });
});
