import test from 'ava';
import { Cluster } from '../../src/state/cluster.ts';
import { frameworkRecord } from '../../src/state/framework.ts';
import type { FrameworkRecord } from '../../src/state/framework.ts';

function framework(id: string): FrameworkRecord {
  return frameworkRecord(id, { user: 'u', name: id }, 0, { completedTasksMax: 1, unreachableTasksMax: 1 });
}

function cluster(completedFrameworksMax: number): Cluster {
  return new Cluster({ id: 'M', ip: 0, port: 5050 }, { completedFrameworksMax });
}

test('frameworks that came and that were forgotten are told once, in the order of their going', (t) => {
  const it = cluster(1);
  const [a, b, c] = [framework('a'), framework('b'), framework('c')];
  for (const each of [a, b, c]) it.addFramework(each);
  t.deepEqual(it.takeFrameworkChanges(), { came: [a, b, c], forgotten: [] });
  t.is(it.takeFrameworkChanges(), undefined);
  it.completeFramework(b);
  t.is(it.takeFrameworkChanges(), undefined, 'it is remembered among the completed ones');
  it.completeFramework(a);
  it.completeFramework(c);
  t.deepEqual(it.takeFrameworkChanges(), { came: [], forgotten: [b, a] });
});

test('a framework that nothing is remembered of has come and is forgotten', (t) => {
  const it = cluster(0);
  const a = framework('a');
  it.addFramework(a);
  it.completeFramework(a);
  t.deepEqual(it.takeFrameworkChanges(), { came: [a], forgotten: [a] });
});

test('one that takes the place of another under its id has it forgotten', (t) => {
  const it = cluster(2);
  const [first, second, third] = [framework('a'), framework('a'), framework('a')];
  it.addFramework(first);
  it.addFramework(second);
  t.deepEqual(it.takeFrameworkChanges(), { came: [first, second], forgotten: [first] });
  it.completeFramework(second);
  it.addFramework(third);
  it.completeFramework(third);
  t.deepEqual(it.takeFrameworkChanges(), { came: [third], forgotten: [second] });
});
