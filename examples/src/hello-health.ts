/** A service that is replaced when it is sick: its health check is passed three times, and then it is as if it hung. */
import { startLocalCluster } from '@mesos-ts/cli';
import { Resources, isTerminalState } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import type { HealthCheck, Offer, TaskStatus } from '@mesos-ts/protocol';

const needs = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
]);

const healthCheck: HealthCheck = {
  type: 'COMMAND',
  command: { value: 'echo >> asked; test $(wc -l < asked) -le 3' },
  delay_seconds: 0,
  interval_seconds: 0.2,
  grace_period_seconds: 0,
  consecutive_failures: 2,
};

class Service extends Scheduler {
  #launched = 0;
  #isRunning = false;

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needs)?.toArray();
      if (this.#isRunning || resources === undefined) this.decline(offer);
      else {
        this.#isRunning = true;
        const name = `service-${++this.#launched}`;
        const command = { value: 'exec sleep 1000' };
        this.launch(offer, { name, task_id: { value: name }, resources, command, health_check: healthCheck });
      }
    }
  }

  protected override update({ healthy, state, task_id }: TaskStatus): void {
    console.log(`${task_id.value}: ${state}${healthy === undefined ? '' : `, ${healthy ? 'healthy' : 'unhealthy'}`}`);
    if (isTerminalState(state)) {
      this.#isRunning = false;
      this.revive();
    }
    if (task_id.value === 'service-2' && healthy === true) this.stop();
  }
}

await using cluster = await startLocalCluster({ numAgents: 1 });
await runScheduler(new Service({ master: cluster.masterAddress, framework: { name: 'service' } }));
