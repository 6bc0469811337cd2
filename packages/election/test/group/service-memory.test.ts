import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileDisk } from '@mesos-ts/libprocess';
import { inTemporaryFolder } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { ServiceMemory } from '../../src/group/service-memory.ts';
import { systemSurroundings } from '../surroundings.ts';

test('how far a service had come is known after a restart, of that service only', (t) =>
  inTemporaryFolder(async (folder) => {
    const { log, logger } = systemSurroundings();
    const disk = new FileDisk(folder);
    const memory = new ServiceMemory(disk, logger);
    t.is(await memory.read('zk://a/mesos'), 0n);
    memory.write('zk://a/mesos', 7n);
    memory.write('zk://a/mesos', 2n ** 60n);
    await memory.close();
    await disk.close();
    const again = new FileDisk(folder);
    t.is(await new ServiceMemory(again, logger).read('zk://a/mesos'), 2n ** 60n);
    t.is(await new ServiceMemory(again, logger).read('zk://b/mesos'), 0n);
    await again.close();
    t.deepEqual(log, []);
  }));

test('what cannot be read of a service is warned of, and holds nobody up', (t) =>
  inTemporaryFolder(async (folder) => {
    const { log, logger } = systemSurroundings();
    for (const garbage of ['{"service":', '{"service":"zk://a/mesos","change":"seven"}', 'null']) {
      await writeFile(join(folder, 'service'), garbage);
      const disk = new FileDisk(folder);
      t.is(await new ServiceMemory(disk, logger).read('zk://a/mesos'), 0n);
      await disk.close();
    }
    t.is(log.filter((line) => /^W .*cannot be read/.test(line)).length, 3);
  }));

test('what cannot be written of a service is warned of, and holds nobody up', (t) =>
  inTemporaryFolder(async (folder) => {
    const { log, logger } = systemSurroundings();
    const disk = new FileDisk(join(folder, 'missing'));
    const memory = new ServiceMemory(disk, logger);
    memory.write('zk://a/mesos', 7n);
    await memory.close();
    await disk.close();
    t.regex(log.join(), /^W .*cannot be kept/);
  }));
