import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '@mesos-ts/libprocess';
import { Log, levelLogStorage } from '@mesos-ts/replicated-log';

const path = await mkdtemp(join(tmpdir(), 'log-'));
const runtime = new Runtime();
const log = Log.open({ runtime, storage: levelLogStorage({ path }), quorum: 1, autoInitialize: true });

const writer = log.writer();
await writer.start();
await writer.append(Buffer.from('hello'));
const last = await writer.append(Buffer.from('world'));

const reader = log.reader();
if (last !== 'demoted') {
  for (const { position, data } of await reader.read(await reader.beginning(), last)) {
    console.log(position, Buffer.from(data).toString());
  }
}
await runtime.close();
await rm(path, { recursive: true });
