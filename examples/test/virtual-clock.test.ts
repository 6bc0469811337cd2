import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import type { PID } from '@mesos-ts/libprocess';

class Heart extends Process {
  readonly #listener: PID;

  constructor(listener: PID) {
    super();
    this.#listener = listener;
  }

  protected override initialize(): void {
    this.#beat();
  }

  #beat(): void {
    this.send(this.#listener, 'beat');
    this.delay(1_000, () => {
      this.#beat();
    });
  }
}

class Listener extends Process {
  beats = 0;

  protected override initialize(): void {
    this.install('beat', () => {
      this.beats++;
    });
  }
}

test('a heart on another node beats once a second, through an hour that takes no time', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using here = await new Runtime({ clock, transport: network.transport() }).start();
  await using there = await new Runtime({ clock, transport: network.transport() }).start();
  const listener = new Listener();
  there.spawn(new Heart(here.spawn(listener)));
  await clock.settle();
  t.is(listener.beats, 1);
  await clock.advance(3_600_000);
  t.is(listener.beats, 3_601);
});
