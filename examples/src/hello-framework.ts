import { startLocalCluster } from '@mesos-ts/cli';
import { Resources } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';

const needs = Resources.of([
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
]);

class Hello extends Scheduler {
  readonly #names = ['Ada', 'Grace', 'Barbara'];
  #finished = 0;

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needs)?.toArray();
      const name = resources === undefined ? undefined : this.#names.shift();
      if (name === undefined) this.decline(offer);
      else
        this.launch(offer, { name, task_id: { value: name }, resources, command: { value: `echo Hello, ${name}!` } });
    }
  }

  protected override update({ task_id, state }: TaskStatus): void {
    console.log(`${task_id.value}: ${state}`);
    if (state === 'TASK_FINISHED' && ++this.#finished === 3) this.stop();
  }
}

await using cluster = await startLocalCluster({ numAgents: 2 });
await runScheduler(new Hello({ master: cluster.masterAddress, framework: { name: 'hello' } }));
