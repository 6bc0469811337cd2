import test from 'ava';
import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import { TestClock, dropMessage, expectExited, expectMessage, expectNoMessage } from '@mesos-ts/libprocess/testing';
import type { PID } from '@mesos-ts/libprocess';

class Server extends Process {
  protected override initialize(): void {
    this.install('register', (from) => {
      this.send(from, 'registered', 'welcome');
    });
  }
}

class Client extends Process {
  readonly #server: PID;
  registered = false;

  constructor(server: PID) {
    super('client');
    this.#server = server;
  }

  protected override initialize(): void {
    this.install('registered', () => {
      this.registered = true;
    });
    this.link(this.#server);
    this.#register();
  }

  protected override exited(): void {
    this.registered = false;
  }

  #register(): void {
    if (this.registered) return;
    this.send(this.#server, 'register');
    this.delay(1_000, () => {
      this.#register();
    });
  }
}

test('a client registers again until it is heard, once, and hears of the end of its server', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using here = await new Runtime({ clock, transport: network.transport() }).start();
  await using there = await new Runtime({ clock, transport: network.transport() }).start();
  const server = there.spawn(new Server('server'));
  const client = new Client(server);

  const lost = dropMessage(there, 'register', { to: server });
  const answered = expectMessage<string>(here, 'registered', { from: server });
  here.spawn(client);
  await lost;
  t.false(client.registered);

  await clock.advance(1_000);
  t.is(await answered, 'welcome');
  t.true(client.registered);

  const silence = expectNoMessage(there, 'register');
  await clock.advance(60_000);
  silence();

  const exited = expectExited(here, { of: server });
  there.terminate(server);
  t.deepEqual((await exited).reason, { type: 'gone' });
  await clock.settle();
  t.false(client.registered);
});
