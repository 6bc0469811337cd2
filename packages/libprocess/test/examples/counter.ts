import { Process, Runtime } from '@mesos-ts/libprocess';

class Counter extends Process {
  #count = 0;
  add(by: number): number {
    this.#count += by;
    return this.#count;
  }
}

await using runtime = new Runtime();
const counter = runtime.spawn(new Counter('counter'));
runtime.tell(counter, 'add', 40);
const count = await runtime.dispatch(counter, 'add', [2]);
console.log(`${counter.id} has ${count}`);
