// A cluster with TLS and trust, set up by the very commands of docs/running-a-cluster.md, as real OS processes.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { commandBlocks, folderOf, run, start, variablesAfter, type Variables } from './support/guide.ts';
import type { ExecutionContext } from 'ava';
import type { Running } from './support/running.ts';

const guide = readFileSync(new URL('../../../../docs/running-a-cluster.md', import.meta.url), 'utf8');
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const withOpenssl = hasOpenssl ? test.serial : test.serial.skip;
const why = hasOpenssl ? '' : ' (there is no openssl on this machine)';

/** The commands of the guide that begin with a text, for this machine in place of those of the guide. */
function commands(beginning: string): string {
  const found = commandBlocks(guide).find((block) => block.startsWith(beginning));
  if (found === undefined) throw new Error(`The guide has no commands that begin with '${beginning}'`);
  return found.replaceAll('10.0.0.', '127.0.0.');
}

/** Runs commands of the guide and answers the variables that they export. */
function follow(folder: string, beginning: string): Variables {
  return variablesAfter(folder, commands(beginning));
}

/** Starts an agent and waits until it is there, whether the master lets it in or not. */
async function startAgent(t: ExecutionContext, env: Variables, master: string, ...argv: string[]): Promise<Running> {
  const agent = start(t, ['agent', `--master=${master}`, '--port=0', '--no-switch_user', ...argv], env);
  await agent.printed(/is ready/);
  return agent;
}

interface Cluster {
  readonly master: Running;
  readonly agent: Running;
  readonly address: string;
}

async function cluster(t: ExecutionContext, folder: string, master: Variables, agent: Variables): Promise<Cluster> {
  const executors = join(folder, 'executor.json');
  writeFileSync(executors, JSON.stringify(agent));
  const serving = start(t, ['master', '--ip=127.0.0.1', '--port=0', `--work_dir=${folder}/master`], master);
  const [, address = ''] = await serving.printed(/is ready and serves https?:\/\/(\S+)/);
  const following = await startAgent(
    t,
    agent,
    address,
    '--ip=127.0.0.2',
    `--work_dir=${folder}/agent`,
    '--resources=cpus:2;mem:256;disk:256',
    `--executor_environment_variables=file://${executors}`,
  );
  return { master: serving, agent: following, address };
}

const small = '--resources=cpus:0.1;mem:16';

withOpenssl(
  `the certificates of the guide make a cluster in which everybody speaks TLS and shows one, and no stranger gets in${why}`,
  async (t) => {
    t.timeout(300_000);
    const folder = await folderOf(t);
    follow(folder, 'openssl req -x509');
    const variables = follow(folder, 'export LIBPROCESS_SSL_ENABLED');
    t.is(variables['LIBPROCESS_SSL_CERT_FILE'], `${folder}/127.0.0.1.pem`);
    const second = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, value.replace('127.0.0.1.', '127.0.0.2.')]),
    );
    const { address, master, agent } = await cluster(t, folder, variables, second);
    t.regex(master.out, new RegExp(`serves https://${address}`));
    t.regex(agent.out, /serves https:\/\/127\.0\.0\.2:/);
    // Done when the agent has registered and its executor too: over TLS on each hop.
    const task = await run(
      ['execute', `--master=${address}`, '--name=secured', '--command=echo hidden', small],
      variables,
    );
    t.is(task.status, 0, task.out + agent.out);
    const agents = await run(['agents', `--master=${address}`], variables);
    t.regex(agents.out, /127\.0\.0\.2:\d+ +active/);
    const log = await run(['task', 'log', 'secured', `--master=https://${address}`], variables);
    t.is(log.out, 'hidden\n');

    // Certificates are shown, and nothing is listened on.
    const { LIBPROCESS_SSL_ENABLED: _enabled, ...files } = variables;
    const secure = ['--name=over-https', '--command=true', small, `--master=https://${address}`];
    const overHttps = await run(['execute', ...secure], files);
    t.is(overHttps.status, 0, overHttps.out);

    const without = await run(['tasks', `--master=${address}`]);
    t.is(without.status, 1, without.out);
    t.regex(without.out, /answered 400: This port speaks HTTPS only/);
    const untrusting = await run(['tasks', `--master=https://${address}`]);
    t.regex(
      untrusting.out,
      /Cannot reach https:.* CA .* not trusted here \(LIBPROCESS_SSL_CA_FILE says whom to trust\)/,
    );
    // Trusted by way of Node.js, but without a certificate to show.
    const nameless = await run(['tasks', `--master=https://${address}`], { NODE_EXTRA_CA_CERTS: `${folder}/ca.pem` });
    t.is(nameless.status, 3);
    t.regex(nameless.out, /where it requires a certificate, LIBPROCESS_SSL_CERT_FILE and/);
    await master.printed(/Refused the connection: TLS with 127\.0\.0\.1:\d+: it has shown no certificate/);

    // A machine's certificate is of no use to speak as another one.
    const stolen = { ...second, LIBPROCESS_IP: '127.0.0.1', LIBPROCESS_SSL_REQUIRE_CLIENT_CERT: 'true' };
    await startAgent(t, stolen, address, '--ip=127.0.0.1', `--work_dir=${folder}/impostor`);
    await master.printed(/Refused the connection from 127\.0\.0\.1:\d+: its certificate is not for 127\.0\.0\.1:\d+/);

    // New certificates for everybody, without a restart.
    follow(folder, 'openssl req -x509');
    master.child.kill('SIGHUP');
    await master.printed(/Uses other certificates or secrets from here on/);
    const renewed = await run(['agents', `--master=${address}`], variables);
    t.regex(renewed.out, /127\.0\.0\.2:\d+ +active/, 'the agent is still connected');
  },
);

withOpenssl(`the secret of the guide makes a cluster that whoever does not know it cannot join${why}`, async (t) => {
  t.timeout(300_000);
  const folder = await folderOf(t);
  const variables = follow(folder, 'openssl rand');
  t.is(variables['LIBPROCESS_TRUST_SECRET_FILE'], `${folder}/cluster.secret`);
  const { address, master } = await cluster(t, folder, variables, variables);
  const task = await run(['execute', `--master=${address}`, '--name=trusted', '--command=true', small], variables);
  t.is(task.status, 0, task.out);
  const stranger = await startAgent(t, {}, address, '--ip=127.0.0.1', `--work_dir=${folder}/stranger`);
  await stranger.printed(/it asks for a secret, and this runtime has none/);
  const agents = await run(['agents', `--master=${address}`]);
  t.is(agents.out.split('\n').filter((line) => line.includes(' active ')).length, 1);
  t.false(master.out.includes(readFileSync(join(folder, 'cluster.secret'), 'utf8').trim()));
});
