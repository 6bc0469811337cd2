import { Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import type { ApiAnswer, ApiFetch } from '@mesos-ts/http-api';
import { encodeRecord, fromJson, toJson } from '@mesos-ts/protocol';
import type { ExecutorCall, ExecutorEvent, TaskInfo, TaskStatus } from '@mesos-ts/protocol';
import test from 'ava';
import { overHttp } from '../../src/http/index.ts';
import { Executor, executorEnvironment } from '../../src/index.ts';
import { subscribed, task, variables } from '../support/fake-agent.ts';

class Recorder extends Executor {
  readonly seen: string[] = [];

  protected override launch({ task_id }: TaskInfo): void {
    this.seen.push(`launch ${task_id.value}`);
    this.sendStatusUpdate({ task_id, state: 'TASK_RUNNING' });
  }
  protected override kill(): void {
    this.seen.push('kill');
  }
  protected override subscribed(): void {
    this.seen.push('subscribed');
  }
  protected override resubscribed(): void {
    this.seen.push('resubscribed');
  }
  protected override disconnected(): void {
    this.seen.push('disconnected');
  }
  protected override acknowledged({ state }: TaskStatus): void {
    this.seen.push(`acknowledged ${state}`);
  }
  protected override shutdown(): void {
    this.seen.push('shutdown');
  }
}

/** An agent that speaks HTTP, without a socket. */
class HttpAgent {
  readonly clock = new TestClock();
  readonly runtime = new Runtime({ clock: this.clock, random: new SeededRandom(1) });
  readonly calls: ExecutorCall[] = [];
  readonly authorizations = new Set<string | undefined>();
  readonly urls = new Set<string>();
  /** What a call is answered with instead; 'break': nothing. */
  instead: (call: ExecutorCall) => 'break' | { readonly status: number; readonly text: string } | undefined = () =>
    undefined;
  #emit: (piece: ExecutorEvent | 'break') => void = () => undefined;

  readonly fetch: ApiFetch = async (url, { body, headers, signal }) => {
    const call = fromJson('mesos.v1.executor.Call', JSON.parse(String(body)));
    this.calls.push(call);
    this.urls.add(url);
    this.authorizations.add(headers['authorization']);
    const instead = this.instead(call);
    if (instead === 'break') throw new TypeError('fetch failed');
    if (instead !== undefined) return answer(url, instead.status, pieces([Buffer.from(instead.text)]));
    if (call.type !== 'SUBSCRIBE') return answer(url, 202, pieces([]));
    const waiting: (ExecutorEvent | 'break')[] = [subscribed()];
    let wake: (() => void) | undefined;
    this.#emit = (piece) => {
      waiting.push(piece);
      wake?.();
    };
    signal.addEventListener('abort', () => {
      waiting.push('break');
      wake?.();
    });
    return answer(
      url,
      200,
      (async function* events() {
        for (;;) {
          const piece = waiting.shift();
          if (piece === 'break') throw new TypeError('terminated');
          if (piece !== undefined) {
            yield encodeRecord(Buffer.from(JSON.stringify(toJson('mesos.v1.executor.Event', piece))));
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      })(),
    );
  };

  async start(more: Record<string, string> = {}): Promise<Recorder> {
    await this.runtime.start();
    const environment = executorEnvironment({
      ...variables('slave(1)@10.0.0.1:5051'),
      MESOS_AGENT_ENDPOINT: '10.0.0.1:5051',
      ...more,
    });
    const executor = new Recorder(environment, { connect: overHttp({ fetch: this.fetch }) });
    this.runtime.spawn(executor);
    await this.clock.settle();
    return executor;
  }

  async emit(piece: ExecutorEvent | 'break'): Promise<void> {
    this.#emit(piece);
    await this.clock.settle();
  }

  async acknowledge(): Promise<void> {
    const status = this.calls.findLast(({ update }) => update !== undefined)?.update?.status;
    if (status?.uuid === undefined) return;
    const { task_id, uuid } = status;
    await this.emit({ type: 'ACKNOWLEDGED', acknowledged: { task_id, uuid } });
  }

  take(): ExecutorCall[] {
    return this.calls.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close();
  }
}

function answer(url: string, status: number, body: AsyncIterable<Uint8Array>): ApiAnswer {
  return { status, url, header: (name) => (name === 'content-type' ? 'application/json' : undefined), body };
}

async function* pieces(list: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* list;
}

function types(calls: readonly ExecutorCall[]): unknown[] {
  return calls.map(({ type }) => type);
}

test('an executor over HTTP subscribes where its environment says, with its token, and runs tasks', async (t) => {
  await using agent = new HttpAgent();
  const executor = await agent.start({ MESOS_EXECUTOR_AUTHENTICATION_TOKEN: 'a.b.c' });
  await agent.emit({ type: 'LAUNCH', launch: { task: task('t') } });
  await agent.acknowledge();
  t.true(executor.sendMessage(Buffer.from('hi')));
  await agent.clock.settle();
  t.deepEqual(executor.seen, ['subscribed', 'launch t', 'acknowledged TASK_RUNNING']);
  const calls = agent.take();
  t.deepEqual(types(calls), ['SUBSCRIBE', 'UPDATE', 'MESSAGE']);
  t.true(calls.every(({ executor_id, framework_id }) => executor_id.value === 'e-1' && framework_id.value === 'f-1'));
  t.deepEqual([...agent.urls], ['http://10.0.0.1:5051/api/v1/executor']);
  t.deepEqual([...agent.authorizations], ['Bearer a.b.c']);
});

test('an executor over HTTP whose agent is lost subscribes again with what was not acknowledged', async (t) => {
  await using agent = new HttpAgent();
  const executor = await agent.start();
  await agent.emit({ type: 'LAUNCH', launch: { task: task('t') } });
  agent.take();
  agent.instead = () => 'break';
  await agent.emit('break');
  t.deepEqual(executor.seen.slice(2), ['disconnected']);
  t.false(executor.sendMessage(Buffer.from('lost')));
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  await agent.clock.advance(60_000);
  t.true(agent.take().length > 10, 'it tries on');
  agent.instead = () => undefined;
  await agent.clock.advance(2_500);
  t.is(executor.seen.at(-1), 'resubscribed');
  const [subscribe] = agent.take();
  t.deepEqual(
    subscribe?.subscribe?.unacknowledged_updates?.map(({ status }) => status.state),
    ['TASK_RUNNING', 'TASK_FINISHED'],
  );
  t.deepEqual(
    subscribe?.subscribe?.unacknowledged_tasks?.map(({ task_id }) => task_id.value),
    ['t'],
  );
});

test('an update whose answer is lost is told again; a message is not', async (t) => {
  await using agent = new HttpAgent();
  const executor = await agent.start();
  agent.take();
  const broken = new Set<unknown>();
  agent.instead = ({ type }) => {
    if (broken.has(type)) return undefined;
    broken.add(type);
    return 'break';
  };
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_RUNNING' });
  executor.sendMessage(Buffer.from('hi'));
  await agent.clock.advance(5_000);
  t.deepEqual(types(agent.take()), ['UPDATE', 'UPDATE', 'MESSAGE']);
  t.is(agent.runtime.metrics.snapshot()['executor/messages_dropped'], 1);
  t.true(executor.connected);
});

test('an executor over HTTP says every half an hour that it is there, while there is an agent', async (t) => {
  await using agent = new HttpAgent();
  await agent.start();
  agent.take();
  await agent.clock.advance(90 * 60_000);
  t.deepEqual(types(agent.take()), ['HEARTBEAT', 'HEARTBEAT', 'HEARTBEAT']);
  agent.instead = () => 'break';
  await agent.emit('break');
  await agent.clock.advance(10 * 60_000);
  t.false(types(agent.take()).includes('HEARTBEAT'));
  agent.instead = () => undefined;
  await agent.clock.advance(2_500 + 30 * 60_000);
  t.deepEqual(types(agent.take()), ['SUBSCRIBE', 'HEARTBEAT']);
});

test('an agent that does not know the executor has it shut down', async (t) => {
  await using agent = new HttpAgent();
  agent.instead = () => ({ status: 400, text: 'Framework cannot be found' });
  const executor = await agent.start();
  await executor.ended;
  t.deepEqual(executor.seen, ['shutdown']);
  await agent.clock.advance(60_000);
  t.is(agent.take().length, 1);
});

test('an agent that recovers answers 503, and the executor waits for it', async (t) => {
  await using agent = new HttpAgent();
  agent.instead = () => ({ status: 503, text: 'Agent has not finished recovery' });
  const executor = await agent.start();
  await agent.clock.advance(20_000);
  t.deepEqual(executor.seen, []);
  agent.instead = () => undefined;
  await agent.clock.advance(2_500);
  t.deepEqual(executor.seen, ['subscribed']);
});

test('an executor over HTTP that is stopped tells its last update and leaves when it is acknowledged', async (t) => {
  await using agent = new HttpAgent();
  const executor = await agent.start();
  executor.sendStatusUpdate({ task_id: { value: 't' }, state: 'TASK_FINISHED' });
  executor.stop();
  await agent.clock.settle();
  await agent.acknowledge();
  await executor.ended;
  t.deepEqual(types(agent.take()), ['SUBSCRIBE', 'UPDATE']);
  t.is(agent.clock.timers, 0);
});

test('the endpoint is https where TLS is enabled, and has to be there and make sense', async (t) => {
  const named = { ...variables('slave(1)@10.0.0.1:5051'), MESOS_AGENT_ENDPOINT: '10.0.0.1:5051' };
  t.is(executorEnvironment({ ...named, LIBPROCESS_SSL_ENABLED: 'true' }).endpoint, 'https://10.0.0.1:5051');
  t.throws(() => executorEnvironment({ ...named, MESOS_AGENT_ENDPOINT: 'a b' }), {
    code: 'EXECUTOR_ENVIRONMENT_INVALID',
  });
  await using runtime = new Runtime();
  const environment = executorEnvironment(variables('slave(1)@10.0.0.1:5051'));
  const executor = new Recorder(environment, { connect: overHttp() });
  runtime.spawn(executor);
  const error = await t.throwsAsync(executor.ended, { code: 'EXECUTOR_FAILED' });
  t.like(error?.cause, { code: 'EXECUTOR_ENVIRONMENT_INVALID' });
});
