import test from 'ava';
import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import { TestClock, dropMessage } from '@mesos-ts/libprocess/testing';
import type { PID } from '@mesos-ts/libprocess';

class Pinger extends Process {
  answers = 0;
  watch(pid: PID): void {
    this.install('pong', () => {
      this.answers++;
    });
    this.#ping(pid);
  }
  #ping(pid: PID): void {
    this.send(pid, 'ping');
    this.delay(15_000, () => {
      this.#ping(pid);
    });
  }
}

class Target extends Process {
  protected override initialize(): void {
    this.install('ping', (from) => {
      this.send(from, 'pong');
    });
  }
}

test('a ping that is lost is made up for by the next one, 15 seconds later', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using here = await new Runtime({ clock, transport: network.transport() }).start();
  await using there = await new Runtime({ clock, transport: network.transport() }).start();
  const pinger = new Pinger();
  void dropMessage(there, 'ping', { to: 'target' });
  here.tell(here.spawn(pinger), 'watch', there.spawn(new Target('target')));
  await clock.advance(14_999);
  t.is(pinger.answers, 0);
  await clock.advance(1);
  t.is(pinger.answers, 1);
});
