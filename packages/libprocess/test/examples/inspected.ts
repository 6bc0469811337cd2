import { Process, Runtime } from '@mesos-ts/libprocess';
import { spawnSystemProcesses, systemProcessesOf } from '@mesos-ts/libprocess/debug';

class Sleeper extends Process {
  protected override initialize(): Promise<void> {
    return new Promise((resolve) => {
      this.lifetime.addEventListener('abort', () => {
        resolve();
      });
    });
  }
}

await using runtime = new Runtime();
spawnSystemProcesses(runtime, { ...systemProcessesOf(process.env), version: () => ({ version: '1.0.0' }) });
const sleeper = runtime.spawn(new Sleeper('sleeper'));
runtime.send(sleeper, 'knock', { times: 3 });

async function show(url: string): Promise<unknown> {
  const { status, body } = await runtime.inject({ url });
  return status === 200 ? JSON.parse(body.toString()) : status;
}

// What waits for whom. It looks, and never waits for anybody.
const actors = (await show('/__processes__')) as { id: string; events: unknown[] }[];
console.log(actors.find(({ id }) => id === 'sleeper')?.events);
console.log(await show('/version'));
console.log(typeof ((await show('/system/stats.json')) as { cpus_total: number }).cpus_total);
// Profiling is a question of trust: only with LIBPROCESS_ENABLE_PROFILER=1.
console.log(await show('/profiler/start'));
