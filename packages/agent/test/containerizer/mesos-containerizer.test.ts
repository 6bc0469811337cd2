import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readdir, writeFile } from 'node:fs/promises';
import { defaultSecretResolver } from '@mesos-ts/daemon';
import type { SecretResolver } from '@mesos-ts/daemon';
import { Fetcher } from '@mesos-ts/fetcher';
import { Runtime, deferred } from '@mesos-ts/libprocess';
import { Resources, parseResources } from '@mesos-ts/protocol';
import type { CommandInfo, ExecutorInfo, Secret } from '@mesos-ts/protocol';
import test from 'ava';
import { eventually, temporaryFolder } from '@mesos-ts/libprocess/testing';
import { EnvironmentSecretIsolator } from '../../src/containerizer/environment-secret.ts';
import { MesosContainerizer, launchSpec } from '../../src/containerizer/mesos-containerizer.ts';
import { createIsolators } from '../../src/containerizer/posix-isolators.ts';
import { PosixLauncher } from '../../src/containerizer/posix-launcher.ts';
import type { ContainerConfig } from '../../src/index.ts';
import { commandTask } from '../../src/testing/index.ts';
import { awaiting, isAlive, pidsIn, textOf } from '../support/processes.ts';

async function start(resolver: SecretResolver = defaultSecretResolver) {
  const sandbox = await temporaryFolder();
  const runtime = new Runtime();
  const containerizer = new MesosContainerizer({
    runtime,
    launcher: new PosixLauncher(runtime),
    isolators: [...createIsolators(['posix/cpu', 'posix/mem'], runtime.clock), new EnvironmentSecretIsolator(resolver)],
    fetcher: new Fetcher({ clock: runtime.clock }),
  });
  const config = (command: ContainerConfig['command'], more: Partial<ExecutorInfo> = {}): ContainerConfig => ({
    executorInfo: { executor_id: { value: 'E' }, ...more },
    frameworkId: 'F',
    command,
    resources: (parseResources('cpus:0.5;mem:64').value ?? Resources.empty).toArray(),
    directory: sandbox.path,
    user: undefined,
    environment: { PATH: '/usr/bin:/bin', MESOS_SANDBOX: sandbox.path },
    task: undefined,
  });
  const dispose = async (): Promise<void> => {
    for (const id of await containerizer.containers()) await awaiting(containerizer.destroy(id));
    await runtime.close();
    await sandbox[Symbol.asyncDispose]();
  };
  return { containerizer, sandbox: sandbox.path, config, [Symbol.asyncDispose]: dispose };
}

test('a container ends with its first process, and whatever that left behind is gone by then', async (t) => {
  await using it = await start();
  const pids = join(it.sandbox, 'pids');
  await it.containerizer.launch(
    'c',
    it.config({ value: `setsid sh -c 'echo $$ >> ${pids}; sleep 600' & sleep 0.2; exit 7` }),
  );
  t.deepEqual(await it.containerizer.containers(), ['c']);
  t.deepEqual(await awaiting(it.containerizer.wait('c')), { status: 7 * 256 });
  t.deepEqual(await Promise.all((await pidsIn(pids)).map(isAlive)), [false]);
  t.deepEqual(await it.containerizer.containers(), []);
  t.is(await awaiting(it.containerizer.wait('c')), undefined);
});

test('a container that ends at once was launched all the same, and how it ended is not missed', async (t) => {
  await using it = await start();
  for (let n = 0; n < 10; n++) {
    const launched = it.containerizer.launch(`c${n}`, it.config({ value: 'exit 3' }));
    const gone = it.containerizer.wait(`c${n}`);
    await t.notThrowsAsync(awaiting(launched));
    t.deepEqual(await awaiting(gone), { status: 3 * 256 });
  }
});

test('a container tells its process and what it uses beside what it holds', async (t) => {
  await using it = await start();
  await it.containerizer.launch('c', it.config({ value: 'while :; do :; done' }));
  const status = await it.containerizer.status('c');
  t.is(status.container_id?.value, 'c');
  t.true(await isAlive(status.executor_pid ?? 0));
  await eventually(
    async () => ((await it.containerizer.usage('c')).cpus_user_time_secs ?? 0) > 0,
    'use of a processor',
  );
  const usage = await it.containerizer.usage('c');
  t.is(usage.cpus_soft_limit, 0.5);
  t.is(usage.mem_limit_bytes, 64 * 1024 * 1024);
  t.true((usage.mem_rss_bytes ?? 0) > 0);
  await it.containerizer.update('c', (parseResources('cpus:2;mem:32').value ?? Resources.empty).toArray());
  t.is((await it.containerizer.usage('c')).cpus_soft_limit, 2);
  await awaiting(it.containerizer.destroy('c'));
  await t.throwsAsync(it.containerizer.usage('c'), { code: 'CONTAINER_UNKNOWN' });
});

test('files are fetched before the first process starts, and what happened is in its stderr', async (t) => {
  await using it = await start();
  await writeFile(join(it.sandbox, 'source'), '#!/bin/sh\necho fetched');
  const command = {
    value: './tool',
    uris: [{ value: join(it.sandbox, 'source'), executable: true, output_file: 'tool' }],
  };
  const launched = it.containerizer.launch('c', it.config(command));
  const gone = it.containerizer.wait('c');
  await awaiting(launched);
  await awaiting(gone);
  t.is(await textOf(join(it.sandbox, 'stdout')), 'fetched\n');
  t.regex(await textOf(join(it.sandbox, 'stderr')), /Fetched/);
});

test('a file that cannot be fetched fails the launch with the reason; then the container is destroyed', async (t) => {
  await using it = await start();
  const command = { value: 'true', uris: [{ value: join(it.sandbox, 'missing') }] };
  const launch = it.containerizer.launch('c', it.config(command));
  await t.throwsAsync(launch, { message: /^Failed to fetch all URIs for container 'c': .*missing/ });
  t.regex(await textOf(join(it.sandbox, 'stderr')), /missing/);
  const gone = it.containerizer.wait('c');
  await awaiting(it.containerizer.destroy('c'));
  t.deepEqual(await gone, {});
  t.deepEqual(await readdir(it.sandbox), ['stderr']);
});

test('destroying a container that is still being fetched ends the fetch', async (t) => {
  await using it = await start();
  let isAsked = false;
  const server = createServer(() => {
    isAsked = true;
  }).listen(0, '127.0.0.1');
  await eventually(() => server.listening, 'a server');
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/never`;
  const launch = it.containerizer.launch('c', it.config({ value: 'true', uris: [{ value: uri }] }));
  const failure = t.throwsAsync(launch, { code: 'AGENT_LAUNCH_FAILED' });
  await eventually(() => isAsked, 'a request');
  await awaiting(it.containerizer.destroy('c'));
  await failure;
  t.deepEqual(await it.containerizer.containers(), []);
  server.closeAllConnections();
  server.close();
});

test('wishes for a container that are not supported fail the launch; an id is used once', async (t) => {
  await using it = await start();
  const wish = it.config({ value: 'true' }, { container: { type: 'DOCKER' } });
  await t.throwsAsync(it.containerizer.launch('c', wish), { message: /supports Docker containers/ });
  await t.throwsAsync(it.containerizer.launch('c', it.config({ value: 'true' })), { code: 'CONTAINER_EXISTS' });
});

const environmentOf = (name: string, secret: Secret): CommandInfo['environment'] => ({
  variables: [{ name, type: 'SECRET', secret }],
});

test('a secret is resolved into the environment of the first process; of the same name, what is no secret counts', async (t) => {
  const secrets: Secret[] = [];
  await using it = await start({
    resolve: (secret) => {
      secrets.push(secret);
      return Promise.resolve(Buffer.from('sesame ä'));
    },
  });
  const reference: Secret = { type: 'REFERENCE', reference: { name: 'db', key: 'password' } };
  const variables = [
    { name: 'PASSWORD', type: 'SECRET' as const, secret: reference },
    { name: 'USER', type: 'SECRET' as const, secret: reference },
    { name: 'USER', value: 'ann' },
  ];
  await it.containerizer.launch('c', it.config({ value: 'echo "$USER $PASSWORD"', environment: { variables } }));
  await awaiting(it.containerizer.wait('c'));
  t.is(await textOf(join(it.sandbox, 'stdout')), 'ann sesame ä\n');
  t.deepEqual(secrets, [reference, reference]);
});

test('a secret that cannot be resolved fails the launch before anything is fetched, and says why without the secret', async (t) => {
  await using it = await start();
  const uris = [{ value: '/nowhere/at/all' }];
  const cases: [Secret, string][] = [
    [{ type: 'REFERENCE', reference: { name: 'db' } }, 'Default secret resolver cannot resolve references'],
    [{ type: 'UNKNOWN' }, 'Secret has no value'],
    [
      { type: 'VALUE', value: { data: Buffer.from('se\0same') } },
      'Its value has null bytes, which is not allowed in the environment',
    ],
    [
      { type: 'VALUE', value: { data: Uint8Array.of(0x73, 0xff) } },
      'Its value is not UTF-8, of which environments are here',
    ],
  ];
  for (const [index, [secret, reason]] of cases.entries()) {
    const config = it.config({ value: 'true', uris, environment: environmentOf('PASSWORD', secret) });
    await t.throwsAsync(it.containerizer.launch(`c${index}`, config), {
      message: `Failed to resolve the secret of environment variable 'PASSWORD': ${reason}`,
    });
    await it.containerizer.destroy(`c${index}`);
  }
});

test('a container is destroyed though its secrets are not resolved yet, and the resolver is told', async (t) => {
  const asked = deferred<AbortSignal>();
  await using it = await start({
    resolve: (_secret, signal) => {
      asked.resolve(signal);
      return new Promise(() => undefined);
    },
  });
  const environment = environmentOf('PASSWORD', { type: 'REFERENCE', reference: { name: 'db' } });
  const launching = it.containerizer.launch('c', it.config({ value: 'true', environment }));
  const signal = await asked.promise;
  t.false(signal.aborted);
  const failed = t.throwsAsync(launching, { message: /'PASSWORD': The container was destroyed$/ });
  await it.containerizer.destroy('c');
  await failed;
  t.true(signal.aborted);
  t.deepEqual(await it.containerizer.containers(), []);
});

test('a command is a line for the shell, or a program with all its arguments beginning with its own name', (t) => {
  const config = {
    executorInfo: { executor_id: { value: 'E' } },
    frameworkId: 'F',
    resources: [],
    directory: '/d',
    user: undefined,
    environment: { A: '1', B: '1' },
    task: undefined,
  };
  const secret = { type: 'VALUE', value: { data: Buffer.from('sesame') } } as const;
  const variables = [
    { name: 'B', value: '2' },
    { name: 'C', type: 'SECRET' as const, secret },
  ];
  t.like(
    launchSpec({ ...config, command: { value: 'ls -l', environment: { variables } } }, undefined, { B: '0', C: '0' }),
    {
      file: '/bin/sh',
      argv0: 'sh',
      arguments: ['-c', 'ls -l'],
      environment: { A: '1', B: '2', C: '0' },
    },
  );
  const program = { shell: false, value: '/bin/ls', arguments: ['ls', '-l'] };
  t.like(launchSpec({ ...config, command: program }, undefined, {}), {
    file: '/bin/ls',
    argv0: 'ls',
    arguments: ['-l'],
  });
  // The variables of a command task are its own and not those of its executor, which only keeps for it what isolators have.
  const task = commandTask('t', 'a');
  const command = { environment: { variables } };
  t.deepEqual(launchSpec({ ...config, task, command }, undefined, { C: '0' }).environment, {
    A: '1',
    B: '1',
    MESOS_TASK_VARIABLE_C: '0',
  });
});
