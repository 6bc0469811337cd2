// A cluster in which certificates say who everybody is, set up by the very commands of docs/security.md, as real OS processes.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Running } from './support/running.ts';
import type { ExecutionContext } from 'ava';

const guide = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
const missing = ['openssl version', 'curl --version'].find(
  (command) => spawnSync(command, { shell: true }).status !== 0,
);
const where = missing === undefined ? test.serial : test.serial.skip;
const why = missing === undefined ? '' : ` (this machine has no ${missing.split(' ')[0]})`;

type Variables = Readonly<Record<string, string>>;

/** The commands of the guide's part about certificates that begin with a text, for this machine in place of those of the guide. */
function commands(beginning: string): string {
  const part = guide.slice(guide.indexOf('## By certificate'));
  const blocks = [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.startsWith(beginning));
  if (found === undefined) throw new Error(`The guide has no commands that begin with '${beginning}'`);
  return found.replaceAll('10.0.0.', '127.0.0.');
}

function shell(folder: string, script: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-ec', script], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The variables of a machine of that name. */
function variablesOf(folder: string, name: string): Variables {
  const script = `${commands('export LIBPROCESS_SSL_ENABLED').replaceAll('master.', `${name}.`)}\nenv`;
  const lines = shell(folder, script)
    .split('\n')
    .filter((line) => line.startsWith('LIBPROCESS_'));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

/** The arguments of `npx mesos` in a command of the guide, but for those that the test sets. */
function argumentsOf(folder: string, beginning: string): string[] {
  const words = commands(beginning).replaceAll('\\\n', ' ').replaceAll('$PWD', folder).trim().split(/\s+/);
  return words.slice(2).filter((word) => !/^--(?:port|work_dir|master)=/.test(word));
}

function start(t: ExecutionContext, env: Variables, ...argv: string[]): Running {
  const running = new Running('mesos.js', argv, { PATH: process.env['PATH'], ...env });
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.exit;
  });
  return running;
}

where(`agents, frameworks and operators are who their certificates say, and nobody else${why}`, async (t) => {
  t.timeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'mesos-certificates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  shell(folder, commands('openssl req -x509'));
  const rules = /cat > acls\.json <<'END'\n([\s\S]*?)END/.exec(guide)?.[1] ?? '';
  writeFileSync(join(folder, 'acls.json'), rules.replace('{ "values": ["nobody"] }', '{ "type": "ANY" }'));
  const [ofMaster, ofAgent, ofFramework] = ['master', 'agent', 'framework'].map((name) => variablesOf(folder, name));
  if (ofMaster === undefined || ofAgent === undefined || ofFramework === undefined)
    throw new Error('Three were asked for');
  writeFileSync(join(folder, 'executor.json'), JSON.stringify(ofAgent));

  const master = start(
    t,
    ofMaster,
    ...argumentsOf(folder, 'npx mesos master'),
    '--port=0',
    `--work_dir=${folder}/master`,
  );
  const [, address = ''] = await master.printed(/is ready and serves https:\/\/(\S+)/);
  const requests = commands('curl').replaceAll('127.0.0.1:5050', address);
  t.deepEqual(shell(folder, requests).trim().split('\n'), ['401', '200', '403']);

  // The command shows the certificate of its environment.
  const mesos = async (env: Variables): Promise<string> => {
    const argv = ['frameworks', `--master=https://${address}`];
    const running = new Running('mesos.js', argv, { PATH: process.env['PATH'], ...env });
    await running.exit;
    return running.out;
  };
  t.notRegex(await mesos(variablesOf(folder, 'ops')), /answered/);
  t.regex(await mesos({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }), /answered 401/);

  const agentOf = (env: Variables, ip: string, name: string): Running =>
    start(
      t,
      env,
      ...argumentsOf(folder, 'npx mesos agent').filter((word) => !word.startsWith('--ip=')),
      `--master=${address}`,
      `--ip=${ip}`,
      '--port=0',
      '--no-switch_user',
      '--resources=cpus:2;mem:256;disk:256',
      `--work_dir=${folder}/${name}`,
      `--executor_environment_variables=file://${folder}/executor.json`,
    );
  // The framework's principal may not register agents, though its certificate is as good as any.
  agentOf(ofFramework, '127.0.0.3', 'other');
  await master.printed(/not authorized/i);
  agentOf(ofAgent, '127.0.0.2', 'agent');

  const execute = async (env: Variables, role: string): Promise<{ status: unknown; out: string }> => {
    const running = new Running(
      'mesos.js',
      [
        'execute',
        `--master=${address}`,
        `--role=${role}`,
        '--name=known',
        '--command=true',
        '--resources=cpus:0.1;mem:16',
      ],
      { PATH: process.env['PATH'], ...env },
    );
    const [status] = await running.exit;
    return { status, out: running.out };
  };
  const run = await execute({ ...ofFramework, LIBPROCESS_IP: '127.0.0.3' }, 'batch');
  t.is(run.status, 0, run.out + master.out);
  await master.printed(/Framework 'known' has authenticated as 'batch'/);
  // Registered as an agent's principal, which may be no framework.
  const refused = await execute({ ...ofAgent, LIBPROCESS_IP: '127.0.0.2' }, 'batch');
  t.not(refused.status, 0);
  t.regex(refused.out, /Not authorized to register framework/);
});

where(`without TLS nobody can be known by certificates, and the master does not start${why}`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mesos-certificates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const flags = ['--ip=127.0.0.1', '--port=0', '--authenticate_agents', '--authenticators=certificate'];
  const master = new Running('mesos.js', ['master', ...flags, `--work_dir=${folder}`], { PATH: process.env['PATH'] });
  const [status] = await master.exit;
  t.is(status, 1);
  t.regex(master.out, /The authenticator 'certificate' needs TLS: set LIBPROCESS_SSL_ENABLED=true/);
});
