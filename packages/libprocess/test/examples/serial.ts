import { Process, Runtime } from '@mesos-ts/libprocess';
import type { ProcessOptions } from '@mesos-ts/libprocess';

class Account extends Process {
  #balance = 100;

  constructor(options?: ProcessOptions) {
    super(undefined, options);
  }

  async withdraw(amount: number): Promise<boolean> {
    if (this.#balance < amount) return false;
    await Promise.resolve(); // A file, a database. Other events may run before this goes on.
    this.#balance -= amount;
    return true;
  }

  balance(): number {
    return this.#balance;
  }
}

await using runtime = new Runtime();
for (const serial of [false, true]) {
  const account = runtime.spawn(new Account({ serial }));
  const paid = await Promise.all([
    runtime.dispatch(account, 'withdraw', [80]),
    runtime.dispatch(account, 'withdraw', [80]),
  ]);
  console.log({ serial, paid, balance: await runtime.dispatch(account, 'balance') });
}
