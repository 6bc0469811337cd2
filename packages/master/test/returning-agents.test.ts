import test from 'ava';
import { PID } from '@mesos-ts/libprocess';
import { Piecemeal } from '../src/piecemeal.ts';
import { ReturningAgents } from '../src/returning-agents.ts';
import type { ReregisterAgentMessage } from '@mesos-ts/protocol';

function returning() {
  const turns: (() => void)[] = [];
  const taken: [from: string, version: string | undefined][] = [];
  let nowMs = 0;
  const work = new Piecemeal(
    (turn) => turns.push(turn),
    () => (nowMs += 0.5),
  );
  const agents = new ReturningAgents(work, (from, { version }) => {
    taken.push([from.toString(), version]);
  });
  const goOn = (): void => {
    while (turns.length > 0) turns.shift()?.();
  };
  return { agents, taken, turns, goOn };
}

const pidOf = (index: number): PID => PID.parse(`slave(${index})@127.0.0.1:5051`);

function message(version: string): ReregisterAgentMessage {
  return { agent: { hostname: 'localhost' }, version };
}

test('agents that come back at once are taken in the order in which they came, and whoever else comes has a turn in between', (t) => {
  const { agents, taken, turns, goOn } = returning();
  for (let index = 0; index < 50; index++) t.is(agents.add(pidOf(index), message('1')), 'waits');
  t.is(turns.length, 1);
  turns.shift()?.();
  t.true(taken.length < 10);
  t.is(turns.length, 1, 'the rest waits behind what has come meanwhile');
  goOn();
  t.deepEqual(
    taken.map(([from]) => from),
    Array.from({ length: 50 }, (_, index) => pidOf(index).toString()),
  );
});

test('an agent that asks again while it waits keeps its place, and what it has said last counts', (t) => {
  const { agents, taken, goOn } = returning();
  agents.add(pidOf(0), message('1'));
  agents.add(pidOf(1), message('1'));
  t.is(agents.add(pidOf(0), message('2')), 'repeats');
  goOn();
  t.deepEqual(taken, [
    [pidOf(0).toString(), '2'],
    [pidOf(1).toString(), '1'],
  ]);
  t.is(agents.add(pidOf(0), message('3')), 'waits', 'it has had its turn');
});

test('an agent that leaves while it waits is not taken in', (t) => {
  const { agents, taken, goOn } = returning();
  agents.add(pidOf(0), message('1'));
  agents.delete(pidOf(0));
  goOn();
  t.deepEqual(taken, []);
});

test('no more than a hundred thousand wait', (t) => {
  const { agents, taken, goOn } = returning();
  for (let index = 0; index < 100_000; index++) agents.add(pidOf(index), message('1'));
  t.is(agents.add(pidOf(100_000), message('1')), 'refused');
  goOn();
  t.is(taken.length, 100_000);
  t.is(agents.add(pidOf(100_000), message('1')), 'waits');
});
