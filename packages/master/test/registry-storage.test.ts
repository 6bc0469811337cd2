import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryNetwork, Runtime } from '@mesos-ts/libprocess';
import { LogError } from '@mesos-ts/replicated-log';
import test from 'ava';
import { inTemporaryFolder } from '@mesos-ts/libprocess/testing';
import { MasterError, startMaster, type MasterHandle } from '../src/index.ts';
import { TestAgent } from '../src/testing/index.ts';
import { must } from './must.ts';
import type { MasterFlags } from '../src/flags.ts';

/** Starts a master on a network of its own; ends it, and its runtime. */
async function withMaster(
  flags: Partial<MasterFlags>,
  work: (master: MasterHandle, network: MemoryNetwork) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using runtime = await new Runtime({ transport: network.transport(), delegate: 'master' }).start();
  await using master = await startMaster({ runtime, flags: { hostname: 'h', ...flags } });
  await work(master, network);
}

async function get(master: MasterHandle, url: string): Promise<Record<string, unknown>> {
  return JSON.parse((await master.runtime.inject({ url })).body.toString()) as Record<string, unknown>;
}

test('a master with --work_dir keeps its registry there, and the next one knows its agents', (t) =>
  inTemporaryFolder(async (work_dir) => {
    let agentId = '';
    await withMaster({ work_dir }, async (master, network) => {
      t.like(await get(master, '/flags'), { flags: { registry: 'replicated_log' } });
      await using machine = await new Runtime({ transport: network.transport() }).start();
      const agent = new TestAgent({ master: master.pid });
      machine.spawn(agent);
      await machine.whenInitialized(agent.self);
      agent.register();
      for (;;) {
        const { slaves } = await get(master, '/slaves');
        agentId = (slaves as { id: string }[])[0]?.id ?? '';
        if (agentId !== '') break;
      }
      const metrics = master.runtime.metrics.snapshot();
      t.is(metrics['registrar/log/recovered'], 1);
      t.is(metrics['registrar/log/ensemble_size'], 1);
    });
    t.deepEqual(await readdir(work_dir), ['replicated_log']);
    await withMaster({ work_dir }, async (master) => {
      t.like(await get(master, '/slaves'), { slaves: [], recovered_slaves: [{ id: agentId }] });
    });
  }));

test('without --work_dir, or by --registry=in_memory, nothing is kept', (t) =>
  inTemporaryFolder(async (work_dir) => {
    await withMaster({}, async (master) => {
      t.like(await get(master, '/flags'), { flags: { registry: 'in_memory' } });
    });
    await withMaster({ work_dir, registry: 'in_memory' }, async () => {
      t.deepEqual(await readdir(work_dir), []);
    });
  }));

test('a master that is told a quorum, but not how to find the others, says that it is alone', async (t) => {
  const told: string[] = [];
  const note = (text: string): unknown => told.push(text);
  for (const flags of [{ quorum: 2 }, { quorum: 1 }]) {
    await using runtime = await new Runtime({
      transport: new MemoryNetwork().transport(),
      delegate: 'master',
      logger: { debug: note, info: note, warn: note, error: note },
    }).start();
    await using _master = await startMaster({ runtime, flags: { hostname: 'h', ...flags } });
  }
  const warnings = told.filter((text) => text.includes('is a cluster of its own'));
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /^--quorum=2 means nothing without --zk or --masters/);
});

test('a master that decides alone, though others may find it, says so before it is too late', (t) =>
  inTemporaryFolder(async (folder) => {
    for (const quorum of [1, 2]) {
      const told: string[] = [];
      const note = (text: string): unknown => told.push(text);
      await using runtime = await new Runtime({
        transport: new MemoryNetwork().transport(),
        delegate: 'master',
        logger: { debug: note, info: note, warn: note, error: note },
      }).start();
      const flags = { hostname: 'h', quorum, zk: 'zk://127.0.0.1:1/mesos', work_dir: join(folder, `${quorum}`) };
      await using _master = await startMaster({ runtime, flags });
      t.is(
        told.filter((text) => text.startsWith('--quorum=1: this master decides alone')).length,
        quorum === 1 ? 1 : 0,
      );
    }
  }));

test('what is missing for a replicated log is named', async (t) => {
  await t.throwsAsync(
    withMaster({ registry: 'replicated_log' }, async () => undefined),
    {
      message: '--work_dir needed for replicated log based registry',
    },
  );
});

test('a master whose log is damaged does not start, says so, and leaves the log as it is', (t) =>
  inTemporaryFolder(async (work_dir) => {
    await withMaster({ work_dir }, async () => undefined);
    const folder = join(work_dir, 'replicated_log');
    const manifest = join(folder, must((await readdir(folder)).find((name) => name.startsWith('MANIFEST'))));
    const bytes = (await readFile(manifest)).map((byte) => byte ^ 0xff);
    await writeFile(manifest, bytes);
    const error = await t.throwsAsync(
      withMaster({ work_dir }, async () => undefined),
      { instanceOf: LogError },
    );
    t.is(error.code, 'LOG_CORRUPT');
    t.deepEqual(await readFile(manifest), bytes);
  }));

test('a master that is told the name of another cluster than its log has does not start, and says what to do', (t) =>
  inTemporaryFolder(async (work_dir) => {
    await withMaster({ work_dir, cluster: 'east' }, async () => undefined);
    await withMaster({ work_dir }, async () => undefined);
    const error = await t.throwsAsync(
      withMaster({ work_dir, cluster: 'west' }, async () => undefined),
      { instanceOf: LogError },
    );
    t.is(error.code, 'LOG_FOREIGN');
    t.regex(error.message, /the cluster 'east', and this is 'west'.*replicated-log\.json/);
    await withMaster({ work_dir, cluster: 'east' }, async () => undefined);
  }));

test('with --no-log_auto_initialize an empty disk is no new registry, and the master says what to do and ends', (t) =>
  inTemporaryFolder(async (work_dir) => {
    const network = new MemoryNetwork();
    const lines: string[] = [];
    const note = (line: string): void => void lines.push(line);
    const logger = { debug: note, info: note, warn: note, error: note };
    await using runtime = await new Runtime({
      transport: network.transport(),
      delegate: 'master',
      logger,
    }).start();
    const flags = { hostname: 'h', work_dir, log_auto_initialize: false, registry_fetch_timeout: 500 };
    const error = await t.throwsAsync(startMaster({ runtime, flags }), { instanceOf: MasterError });
    t.regex(error.message, /^Failed to recover registrar: .* within 500ms$/);
    t.true(lines.some((line) => /All replicas are empty: .*`mesos-log initialize`/.test(line)));
  }));

test('a log that another master has open is not opened twice', (t) =>
  inTemporaryFolder((work_dir) =>
    withMaster({ work_dir }, async () => {
      const error = await t.throwsAsync(
        withMaster({ work_dir }, async () => undefined),
        { instanceOf: LogError },
      );
      t.is(error.code, 'LOG_IN_USE');
    }),
  ));
