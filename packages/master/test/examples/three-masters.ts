import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { startMaster } from '@mesos-ts/master';
import type { MasterHandle } from '@mesos-ts/master';

// Three masters in one program, each with a port and a work directory of its own. They elect among themselves.
const runtimes = await Promise.all(
  [1, 2, 3].map(() =>
    new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }), delegate: 'master' }).start(),
  ),
);
const list = runtimes.map(({ address }) => address).join(',');
const folder = await mkdtemp(join(tmpdir(), 'three-masters-'));
const running: MasterHandle[] = await Promise.all(
  runtimes.map((runtime, index) =>
    startMaster({ runtime, flags: { masters: list, work_dir: join(folder, String(index)), master_lease: 1000 } }),
  ),
);

/** The master that leads: any of them tells. */
async function leader(): Promise<MasterHandle> {
  for (;;) {
    for (const { url } of running) {
      const { headers, status } = await fetch(`${url}/redirect`, { redirect: 'manual' });
      const port = headers.get('location')?.split(':').at(-1);
      const found = running.find(({ address }) => status === 307 && address.endsWith(`:${port}`));
      if (found !== undefined) return found;
    }
  }
}

const first = await leader();
console.log('one of three leads');
running.splice(running.indexOf(first), 1);
await first.close();
const second = await leader();
console.log(`another leads: ${second !== first}`);

for (const master of running) await master.close();
for (const runtime of runtimes) await runtime.close();
await rm(folder, { recursive: true });
