import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalCluster } from '@mesos-ts/cli';
import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { isTerminalState } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import test from 'ava';
import type { Offer, TaskStatus } from '@mesos-ts/protocol';
import type { TaskToLaunch } from '@mesos-ts/scheduler';
import { renderTask } from '../src/render/task.ts';
import { watched } from '../src/render/watched.ts';

/** Serves the files of a folder. */
class FileServer extends Process {
  readonly #folder: string;

  constructor(folder: string) {
    super('files');
    this.#folder = folder;
  }

  protected override initialize(): void {
    for (const name of ['render', 'assets.tar.gz']) {
      this.route(`/${name}`, () => ({ status: 200, body: readFileSync(join(this.#folder, name)) }));
    }
  }
}

class Once extends Scheduler {
  readonly #make: (offer: Offer) => TaskToLaunch;
  #isLaunched = false;
  last: TaskStatus | undefined;

  constructor(master: string, make: (offer: Offer) => TaskToLaunch) {
    super({ master, framework: { name: 'render' } });
    this.#make = make;
  }

  protected override offers([offer]: readonly Offer[]): void {
    if (offer === undefined || this.#isLaunched) return;
    this.#isLaunched = true;
    this.launch(offer, this.#make(offer));
  }

  protected override update(status: TaskStatus): void {
    this.last = status;
    if (isTerminalState(status.state)) this.stop();
  }
}

test('the task of the guide brings its program and its assets along, and may be watched', async (t) => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  writeFileSync(at('render'), '#!/bin/sh\ntest "$QUALITY" = high && grep -q sphere "$1"\n');
  writeFileSync(at('frame-17.json'), '{"shape": "sphere"}\n');
  const packed = spawnSync('tar', ['-czf', at('assets.tar.gz'), '-C', folder.path, 'frame-17.json']);
  t.is(packed.status, 0);
  await using runtime = await new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }) }).start();
  runtime.spawn(new FileServer(folder.path));
  await using cluster = await startLocalCluster({ resources: 'cpus:1;mem:64;disk:64' });
  const framework = new Once(cluster.masterAddress, ({ resources }) =>
    watched(renderTask(17, `${runtime.address}/files`, resources ?? [])),
  );
  await runScheduler(framework);
  t.is(framework.last?.state, 'TASK_FINISHED', framework.last?.message);
});
