import { Runtime } from '@mesos-ts/libprocess';
import { ThreadPool, actorModule } from '@mesos-ts/libprocess/threads';
import type * as primes from './primes.js';

const module = actorModule<typeof primes>(new URL('primes.js', import.meta.url));

await using runtime = new Runtime();
await using pool = new ThreadPool(runtime, { size: 2 });
const counts = await Promise.all(
  [0, 50_000].map(async (from) => {
    const pid = await pool.spawn(module, 'Primes', [from]);
    return runtime.dispatch(pid, 'count', [50_000]);
  }),
);
console.log(`${counts.join(' + ')} primes below 100000`);
