// Checks on a real cluster: who tells what they say, also after the master was replaced by one that remembers nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@mesos-ts/agent';
import { deferred, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { startMaster } from '@mesos-ts/master';
import { parseResources } from '@mesos-ts/protocol';
import { Scheduler, spawnScheduler } from '@mesos-ts/scheduler';
import test from 'ava';
import type { Offer, TaskInfo, TaskStatus } from '@mesos-ts/protocol';

/** Keeps one task, and what is said of it. */
class Keeper extends Scheduler {
  readonly statuses: TaskStatus[] = [];
  readonly #task: Partial<TaskInfo>;
  #awaited: { isIt: (status: TaskStatus) => boolean; resolve: (status: TaskStatus) => void } | undefined;
  #launched = false;

  constructor(master: string, task: Partial<TaskInfo>) {
    super({ master, framework: { name: 'keeper', failover_timeout: 600 } });
    this.#task = task;
  }

  /** The first status of this kind, from now on. */
  async next(isIt: (status: TaskStatus) => boolean): Promise<TaskStatus> {
    const { promise, resolve } = deferred<TaskStatus>();
    this.#awaited = { isIt, resolve };
    return promise;
  }

  ask(): void {
    this.reconcile([{ task_id: { value: 't' } }]);
  }

  end(): void {
    this.kill({ value: 't' });
  }

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      if (this.#launched) this.decline(offer);
      else {
        const resources = parseResources('cpus:0.1;mem:32').value?.toArray() ?? [];
        this.#launched = true;
        this.launch(offer, { name: 't', task_id: { value: 't' }, resources, ...this.#task });
      }
    }
  }

  protected override update(status: TaskStatus): void {
    this.statuses.push(status);
    if (this.#awaited?.isIt(status) === true) this.#awaited.resolve(status);
  }
}

interface Seen {
  readonly tasks: readonly { readonly statuses: readonly Record<string, unknown>[]; readonly health_check?: unknown }[];
}

function isKnown({ check_status, healthy, reason }: TaskStatus): boolean {
  return healthy === true && check_status?.command?.exit_code === 7 && reason !== undefined;
}

function isReconciled({ reason }: TaskStatus): boolean {
  return reason === 'REASON_RECONCILIATION';
}

test('what checks say is in updates, views and reconciliation, also with a master that has just begun', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-health-test-'));
  const flags = {
    ip: '127.0.0.1',
    hostname: '127.0.0.1',
    registry: 'in_memory',
    work_dir: join(folder, 'master'),
  } as const;
  let master = await startMaster({ flags: { ...flags, port: 0 } });
  const [, port] = master.address.split(':');
  const agent = await startAgent({
    flags: {
      ip: '127.0.0.1',
      hostname: '127.0.0.1',
      port: 0,
      master: master.address,
      work_dir: join(folder, 'agent'),
      resources: 'cpus:1;mem:256;disk:256;ports:[]',
      registration_backoff_factor: 100,
    },
  });
  const runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
  const often = { delay_seconds: 0, interval_seconds: 0.2 };
  const keeper = new Keeper(master.address, {
    command: { value: 'exec sleep 1000' },
    check: { type: 'COMMAND', command: { command: { value: 'exit 7' } }, ...often },
    health_check: { type: 'COMMAND', command: { value: 'true' }, ...often },
  });
  const check_status = { type: 'COMMAND', command: { exit_code: 7 } };
  try {
    const told = keeper.next(isKnown);
    spawnScheduler(runtime, keeper);
    const status = await told;
    t.like(status, { state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', healthy: true, check_status });
    t.regex(status.reason ?? '', /^REASON_TASK_(HEALTH_)?CHECK_STATUS_UPDATED$/);
    t.deepEqual(
      keeper.statuses.slice(0, 2).map(({ check_status: check, healthy, state }) => [state, healthy, check]),
      ['TASK_STARTING', 'TASK_RUNNING'].map((state) => [state, undefined, { type: 'COMMAND', command: {} }]),
    );

    const { tasks } = (await (await fetch(`${master.url}/tasks`)).json()) as Seen;
    t.like(tasks[0]?.statuses.at(-1), { state: 'TASK_RUNNING', healthy: true });
    t.like(tasks[0]?.health_check, { type: 'COMMAND', command: { value: 'true' } });
    for (const url of [master.url, agent.url]) {
      const response = await fetch(`${url}/api/v1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"type":"GET_TASKS"}',
      });
      const { get_tasks } = (await response.json()) as { get_tasks: { tasks?: unknown; launched_tasks?: unknown } };
      const [seen] = (get_tasks.tasks ?? get_tasks.launched_tasks) as Seen['tasks'];
      t.like(seen?.statuses.at(-1), { state: 'TASK_RUNNING', healthy: true, check_status }, url);
    }

    const asked = keeper.next(isReconciled);
    keeper.ask();
    t.like(await asked, { state: 'TASK_RUNNING', healthy: true, check_status });

    await master.close();
    const again = keeper.next((each) => isReconciled(each) && each.healthy !== undefined);
    master = await startMaster({ flags: { ...flags, port: Number(port) } });
    t.like(await again, { state: 'TASK_RUNNING', healthy: true, check_status });

    const killed = keeper.next(({ state }) => state === 'TASK_KILLED');
    keeper.end();
    t.like(await killed, { healthy: undefined, check_status: { type: 'COMMAND', command: {} } });
  } finally {
    await agent.shutdown();
    await runtime.close();
    await master.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
