import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startLocalCluster } from '@mesos-ts/cli';
import { startMaster } from '@mesos-ts/master';
import { Resources, isTerminalState } from '@mesos-ts/protocol';
import { Scheduler, runScheduler } from '@mesos-ts/scheduler';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import type { JsonObject } from '@mesos-ts/flags';
import type { Offer, Secret_Reference, TaskStatus } from '@mesos-ts/protocol';

const file = fileURLToPath(new URL('../src/modules/house.js', import.meta.url));

function manifest(...modules: readonly JsonObject[]): JsonObject {
  return { libraries: [{ file, modules }] };
}

test('a master is guarded by modules that its flags name: one knows clients by a key, the other lets them look only', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: folder } = temporary;
  const keys = join(folder, 'keys.json');
  await writeFile(keys, JSON.stringify({ k1: 'ann', k2: 'ben' }));
  await using master = await startMaster({
    flags: {
      ip: '127.0.0.1',
      port: 0,
      modules: manifest(
        { name: 'org_example_ApiKeys', parameters: [{ key: 'file', value: keys }] },
        { name: 'org_example_LookOnly', parameters: [{ key: 'admins', value: 'ann' }] },
      ),
      authenticate_http_readonly: true,
      authenticate_http_readwrite: true,
      http_authenticators: ['org_example_ApiKeys'],
      authorizers: 'org_example_LookOnly',
    },
  });
  const status = async (path: string, key?: string): Promise<number> => {
    const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key };
    const { status: answered, headers: answers } = await fetch(`${master.url}${path}`, { headers });
    if (answered === 401) t.is(answers.get('www-authenticate'), 'ApiKey realm="mesos-master-readonly"');
    return answered;
  };
  t.is(await status('/state'), 401);
  t.is(await status('/state', 'k3'), 401);
  t.deepEqual([await status('/state', 'k1'), await status('/flags', 'k1')], [200, 200]);
  t.deepEqual([await status('/state', 'k2'), await status('/flags', 'k2')], [200, 403]);
});

test('a module that is told too little hinders the start, in its own words', async (t) => {
  const flags = {
    ip: '127.0.0.1',
    port: 0,
    modules: manifest({ name: 'org_example_LookOnly' }, { name: 'org_example_Spiffe' }),
  };
  await t.throwsAsync(startMaster({ flags: { ...flags, authorizers: 'org_example_LookOnly' } }), {
    message: "The parameter 'admins' is missing",
  });
  await t.throwsAsync(startMaster({ flags: { ...flags, authenticators: ['org_example_Spiffe'] } }), {
    message: "The parameter 'domain' is missing",
  });
});

/** Runs a task for each reference, which writes it to its sandbox, and collects how they ended. */
class Asking extends Scheduler {
  readonly ends: string[] = [];
  readonly #references: Secret_Reference[];
  readonly #count: number;

  constructor(master: string, references: readonly Secret_Reference[]) {
    super({ master, framework: { name: 'asking' } });
    this.#references = [...references];
    this.#count = references.length;
  }

  protected override offers(offers: readonly Offer[]): void {
    const needs = Resources.of([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
    ]);
    for (const offer of offers) {
      const resources = Resources.of(offer.resources).find(needs)?.toArray();
      const reference = resources === undefined ? undefined : this.#references.shift();
      if (reference === undefined) this.decline(offer);
      else {
        const name = `${reference.name}.${reference.key ?? ''}`;
        const variables = [{ name: 'IT', type: 'SECRET' as const, secret: { type: 'REFERENCE' as const, reference } }];
        const command = { value: 'test "$IT" = sesame', environment: { variables } };
        this.launch(offer, { name, task_id: { value: name.replaceAll('/', '_') }, resources, command });
        this.revive();
      }
    }
  }

  protected override update({ message, state, task_id }: TaskStatus): void {
    if (!isTerminalState(state)) return;
    this.ends.push(`${task_id.value} ${state} ${message ?? ''}`);
    if (this.ends.length === this.#count) this.stop();
  }
}

test('an agent finds secrets of tasks with a module that its flags name, and tells why it does not', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: folder } = temporary;
  await writeFile(join(folder, 'plain'), 'sesame');
  await writeFile(join(folder, 'db'), JSON.stringify({ password: 'sesame' }));
  await using cluster = await startLocalCluster({
    resources: 'cpus:1;mem:512;disk:512;ports:[]',
    agentFlags: {
      modules: manifest({ name: 'org_example_SecretFiles', parameters: [{ key: 'directory', value: folder }] }),
      secret_resolver: 'org_example_SecretFiles',
    },
  });
  const asking = new Asking(cluster.masterAddress, [
    { name: 'plain' },
    { name: 'db', key: 'password' },
    { name: 'db', key: 'user' },
    { name: 'plain', key: 'member' },
    { name: 'none' },
    { name: '../etc/passwd' },
  ]);
  await runScheduler(asking);
  const failed = "TASK_FAILED Failed to launch container: Failed to resolve the secret of environment variable 'IT':";
  t.deepEqual(asking.ends.toSorted(), [
    `.._etc_passwd. ${failed} '../etc/passwd' is no name of a secret`,
    'db.password TASK_FINISHED Command exited with status 0',
    `db.user ${failed} The secret 'db' has no 'user'`,
    `none. ${failed} There is no secret 'none'`,
    'plain. TASK_FINISHED Command exited with status 0',
    `plain.member ${failed} The secret 'plain' has no 'member'`,
  ]);
});
