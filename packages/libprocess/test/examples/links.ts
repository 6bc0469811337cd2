import { PID, Process, Runtime, WebSocketTransport, deferred } from '@mesos-ts/libprocess';
import type { ExitReason } from '@mesos-ts/libprocess';

class Worker extends Process {
  protected override initialize(): void {
    this.install('work', (from, piece) => {
      if (piece === 'poison') throw new Error('cannot stomach this');
      this.send(from, 'done', piece);
    });
  }
}

class Foreman extends Process {
  readonly #workers: readonly PID[];
  readonly over = deferred<void>();
  #left: number;

  constructor(workers: readonly PID[]) {
    super('foreman');
    this.#workers = workers;
    this.#left = workers.length;
  }

  protected override initialize(): void {
    this.install('done', (from, piece) => {
      console.log(`${from.id}: ${String(piece)}`);
    });
    for (const worker of this.#workers) {
      this.link(worker);
      this.send(worker, 'work', 'bread');
      this.send(worker, 'work', 'poison');
    }
  }

  protected override exited(pid: PID, reason: ExitReason): void {
    console.log(`${pid.id} has exited: ${reason.type}`);
    if (--this.#left === 0) this.over.resolve();
  }
}

await using here = await new Runtime({ transport: new WebSocketTransport() }).start();
await using there = await new Runtime({ transport: new WebSocketTransport() }).start();
const far = there.spawn(new Worker('far'));

for (const worker of [here.spawn(new Worker('near')), far, new PID('nobody', there.address)]) {
  const foreman = new Foreman([worker]);
  const pid = here.spawn(foreman);
  await foreman.over.promise;
  here.terminate(pid);
  await here.wait(pid);
}
