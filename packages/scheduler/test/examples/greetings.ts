import { Resources, isTerminalState, parseResources } from '@mesos-ts/protocol';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';

const needed = parseResources('cpus:0.1;mem:32').value ?? Resources.empty;

/** Runs three tasks, wherever there is room, and ends when they have. */
class Greetings extends Scheduler {
  readonly #waiting = ['1', '2', '3'];
  #left = 3;

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needed);
      const id = resources === undefined ? undefined : this.#waiting.shift();
      if (resources === undefined || id === undefined) this.decline(offer);
      else {
        const command = { value: `echo hello from task ${id}` };
        this.launch(offer, { name: 'greeting', task_id: { value: id }, resources: resources.toArray(), command });
      }
    }
  }

  protected override update(status: TaskStatus): void {
    console.log(`task ${status.task_id.value}: ${status.state}`);
    if (isTerminalState(status.state)) this.#left--;
    if (this.#left === 0) this.stop();
  }
}

const master = process.env['MESOS_MASTER'] ?? '127.0.0.1:5050';
await runScheduler(new Greetings({ master, framework: { name: 'greetings' } }));
