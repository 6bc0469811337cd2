import test from 'ava';
import type { CheckStatusInfo } from '@mesos-ts/protocol';
import { TaskLife } from '../../src/command-executor/task-life.ts';
import type { KillOrder, LifeEffect, LifeEvent } from '../../src/command-executor/task-life.ts';

const launch: LifeEvent = { type: 'launch', completionMaxMs: undefined };
const exited = (code: number | null, signal: NodeJS.Signals | null = null): LifeEvent => ({
  type: 'exited',
  exit: { code, signal },
});
const kill = (graceMs: number, nowMs = 0, announce = false): LifeEvent => ({ type: 'kill', graceMs, nowMs, announce });

/** The effects of these events, in short. */
function live(...events: LifeEvent[]): string[] {
  const life = new TaskLife();
  return events.flatMap((event) => life.step(event)).flatMap(describe);
}

function describe(effect: LifeEffect): string | [] {
  switch (effect.type) {
    case 'update':
      return [effect.state, effect.message, effect.reason, health(effect.healthy), exitCode(effect.checkStatus)]
        .filter((part) => part !== undefined)
        .join(' | ');
    case 'signal':
      return effect.signal;
    case 'set-timer':
      return `${effect.timer} in ${effect.delayMs}`;
    case 'cancel-timer':
    case 'stop-checks':
      return [];
    case 'start':
    case 'await-vacancy':
    case 'finish':
      break;
  }
  return effect.type;
}

function health(healthy: boolean | undefined): string | undefined {
  if (healthy === undefined) return undefined;
  return healthy ? 'healthy' : 'unhealthy';
}

function exitCode(status: CheckStatusInfo | undefined): string | undefined {
  return status === undefined ? undefined : `check ${status.command?.exit_code ?? 'empty'}`;
}

const checked = (exit_code: number): LifeEvent => ({
  type: 'checked',
  status: { type: 'COMMAND', command: { exit_code } },
});
const judged = (healthy: boolean, order?: KillOrder): LifeEvent => ({ type: 'judged', healthy, kill: order });
const killOrder: KillOrder = { graceMs: 3_000, nowMs: 0, announce: true };

const begin = ['TASK_STARTING', 'start', 'TASK_RUNNING'];

test('a command that exits with status 0 has finished, and what it leaves behind is killed', (t) => {
  t.deepEqual(live(launch, exited(0)), [...begin, 'SIGKILL', 'TASK_FINISHED | Command exited with status 0', 'finish']);
});

test('any other status, and any signal, is a failure', (t) => {
  t.is(live(launch, exited(3)).at(-2), 'TASK_FAILED | Command exited with status 3');
  t.is(live(launch, exited(null, 'SIGKILL')).at(-2), 'TASK_FAILED | Command terminated with signal Killed');
});

test('a kill is SIGTERM, and TASK_KILLED when the command and all that it has started have gone', (t) => {
  t.deepEqual(live(launch, kill(3_000), exited(null, 'SIGTERM'), { type: 'vacated' }), [
    ...begin,
    'SIGTERM',
    'escalation in 3000',
    'await-vacancy',
    'SIGKILL',
    'TASK_KILLED | Command terminated with signal Terminated',
    'finish',
  ]);
});

test('a killed command that exits by itself is killed nevertheless', (t) => {
  t.is(live(launch, kill(3_000), exited(0), { type: 'vacated' }).at(-2), 'TASK_KILLED | Command exited with status 0');
});

test('a framework that understands it is told TASK_KILLING', (t) => {
  t.deepEqual(live(launch, kill(3_000, 0, true)).slice(3), ['TASK_KILLING', 'SIGTERM', 'escalation in 3000']);
});

test('a command that ignores SIGTERM gets SIGKILL after the grace period', (t) => {
  t.deepEqual(live(launch, kill(10), { type: 'escalation' }, exited(null, 'SIGKILL')).slice(5), [
    'SIGKILL',
    'SIGKILL',
    'TASK_KILLED | Command terminated with signal Killed',
    'finish',
  ]);
});

test('what a killed command leaves behind has the rest of the grace period, then SIGKILL', (t) => {
  t.deepEqual(live(launch, kill(10), exited(null, 'SIGTERM'), { type: 'escalation' }).slice(5), [
    'await-vacancy',
    'SIGKILL',
    'TASK_KILLED | Command terminated with signal Terminated',
    'finish',
  ]);
});

test('a second kill may shorten the grace period, counted from the first, and never prolongs it', (t) => {
  t.deepEqual(live(launch, kill(20, 100), kill(30, 105)).slice(5), []);
  t.deepEqual(live(launch, kill(20, 100), kill(20, 110)).slice(5), []);
  t.deepEqual(live(launch, kill(20, 100), kill(5, 102)).slice(5), ['escalation in 3']);
  t.deepEqual(live(launch, kill(20, 100), kill(5, 110)).slice(5), ['escalation in 0']);
});

test('a command that exceeds its maximum time is killed at once, and has failed', (t) => {
  const events: LifeEvent[] = [
    { type: 'launch', completionMaxMs: 500 },
    { type: 'completion', nowMs: 500 },
    { type: 'escalation' },
    exited(null, 'SIGKILL'),
  ];
  t.deepEqual(live(...events).slice(3), [
    'completion in 500',
    'SIGTERM',
    'escalation in 0',
    'SIGKILL',
    'SIGKILL',
    'TASK_FAILED | Command terminated with signal Killed | REASON_MAX_COMPLETION_TIME_REACHED',
    'finish',
  ]);
});

test('a kill before the launch finishes without a word, and after the end does nothing', (t) => {
  t.deepEqual(live(kill(10)), ['finish']);
  const life = new TaskLife();
  for (const event of [launch, exited(0)]) life.step(event);
  t.true(life.ended);
  t.deepEqual(life.step(kill(10)), []);
  t.deepEqual(life.step({ type: 'vacated' }), []);
  t.deepEqual(life.step({ type: 'escalation' }), []);
  t.deepEqual(life.step(exited(0)), []);
});

test('what a check says is told beside what the health check has said, and the other way round', (t) => {
  const check = 'TASK_RUNNING | REASON_TASK_CHECK_STATUS_UPDATED';
  const healthCheck = 'TASK_RUNNING | REASON_TASK_HEALTH_CHECK_STATUS_UPDATED';
  t.deepEqual(live(launch, checked(1), judged(true), checked(0), judged(false)).slice(begin.length), [
    `${check} | check 1`,
    `${healthCheck} | healthy | check 1`,
    `${check} | healthy | check 0`,
    `${healthCheck} | unhealthy | check 0`,
  ]);
});

test('a task that is killed for its health is unhealthy to the end', (t) => {
  t.deepEqual(live(launch, judged(false, killOrder), exited(null, 'SIGTERM'), { type: 'vacated' }), [
    ...begin,
    'TASK_RUNNING | REASON_TASK_HEALTH_CHECK_STATUS_UPDATED | unhealthy',
    'TASK_KILLING',
    'SIGTERM',
    'escalation in 3000',
    'await-vacancy',
    'SIGKILL',
    'TASK_KILLED | Command terminated with signal Terminated | unhealthy',
    'finish',
  ]);
  t.is(
    live(launch, judged(false), kill(0), exited(null, 'SIGTERM'), { type: 'vacated' }).at(-2),
    'TASK_KILLED | Command terminated with signal Terminated',
  );
});

test('a task that is being killed or has ended is not checked, and what checks still say is not told', (t) => {
  for (const events of [
    [launch, kill(3_000)],
    [launch, exited(0)],
  ]) {
    const life = new TaskLife();
    const effects = events.flatMap((event) => life.step(event));
    t.true(effects.some(({ type }) => type === 'stop-checks'));
    t.deepEqual([...life.step(checked(1)), ...life.step(judged(false, killOrder))], []);
  }
});
