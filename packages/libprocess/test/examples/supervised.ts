import { PID, Process, Runtime, Supervisor, after } from '@mesos-ts/libprocess';

class Worker extends Process {
  #done = 0;
  work(input: string): number {
    if (input === 'poison') throw new Error('cannot stomach this');
    return ++this.#done;
  }
}

await using runtime = new Runtime();
const supervisor = runtime.spawn(
  new Supervisor({
    id: 'workers',
    strategy: 'one-for-one',
    restartsMax: 3,
    withinMs: 60_000,
    backoff: { minMs: 10, maxMs: 1_000 },
    children: [{ id: 'worker', start: () => new Worker() }],
    onEvent: ({ type, id }) => {
      console.log(`${id} ${type}`);
    },
  }),
);
await runtime.whenInitialized(supervisor);
const worker = new PID<Worker>('worker', runtime.address);
console.log(`done: ${await runtime.dispatch(worker, 'work', ['bread'])}`);
// A call that throws is told to its caller; only what nobody waits for ends the actor.
runtime.tell(worker, 'work', 'poison');
await runtime.wait(worker);
while ((await runtime.dispatch(supervisor, 'children'))[0]?.state !== 'running') await after(runtime.clock, 1);
console.log(`done: ${await runtime.dispatch(worker, 'work', ['bread'])}`);
runtime.terminate(supervisor);
await runtime.wait(supervisor);
