// A cluster in which certificates say who everybody is, set up by the very commands of docs/security.md, as real OS processes.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { commandBlocks, folderOf, run, shell, start, variablesAfter, type Variables } from './support/guide.ts';
import type { Running } from './support/running.ts';

const guide = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
const missing = ['openssl version', 'curl --version'].find(
  (command) => spawnSync(command, { shell: true }).status !== 0,
);
const where = missing === undefined ? test.serial : test.serial.skip;
const why = missing === undefined ? '' : ` (this machine has no ${missing.split(' ')[0]})`;

/** The commands of the guide's part about certificates that begin with a text, for this machine in place of those of the guide. */
function commands(beginning: string): string {
  const part = guide.slice(guide.indexOf('## By certificate'));
  const found = commandBlocks(part).find((block) => block.startsWith(beginning));
  if (found === undefined) throw new Error(`The guide has no commands that begin with '${beginning}'`);
  return found.replaceAll('10.0.0.', '127.0.0.');
}

/** The variables of a machine of that name. */
function variablesOf(folder: string, name: string): Variables {
  return variablesAfter(folder, commands('export LIBPROCESS_SSL_ENABLED').replaceAll('master.', `${name}.`));
}

/** The arguments of `npx mesos` in a command of the guide, but for those that the test sets. */
function argumentsOf(folder: string, beginning: string): string[] {
  const words = commands(beginning).replaceAll('\\\n', ' ').replaceAll('$PWD', folder).trim().split(/\s+/);
  return words.slice(2).filter((word) => !/^--(?:port|work_dir|master)=/.test(word));
}

where(`agents, frameworks and operators are who their certificates say, and nobody else${why}`, async (t) => {
  t.timeout(300_000);
  const folder = await folderOf(t);
  shell(folder, commands('openssl req -x509'));
  const rules = /cat > acls\.json <<'END'\n([\s\S]*?)END/.exec(guide)?.[1] ?? '';
  writeFileSync(join(folder, 'acls.json'), rules.replace('{ "values": ["nobody"] }', '{ "type": "ANY" }'));
  const [ofMaster, ofAgent, ofFramework] = ['master', 'agent', 'framework'].map((name) => variablesOf(folder, name));
  if (ofMaster === undefined || ofAgent === undefined || ofFramework === undefined)
    throw new Error('Three were asked for');
  writeFileSync(join(folder, 'executor.json'), JSON.stringify(ofAgent));

  const master = start(
    t,
    [...argumentsOf(folder, 'npx mesos master'), '--port=0', `--work_dir=${folder}/master`],
    ofMaster,
  );
  const [, address = ''] = await master.printed(/is ready and serves https:\/\/(\S+)/);
  const requests = commands('curl').replaceAll('127.0.0.1:5050', address);
  t.deepEqual(shell(folder, requests).trim().split('\n'), ['401', '200', '403']);

  // The command shows the certificate of its environment.
  const frameworks = async (env: Variables): Promise<string> =>
    (await run(['frameworks', `--master=https://${address}`], env)).out;
  t.notRegex(await frameworks(variablesOf(folder, 'ops')), /answered/);
  t.regex(await frameworks({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }), /answered 401/);

  const agentOf = (env: Variables, ip: string, name: string): Running =>
    start(
      t,
      [
        ...argumentsOf(folder, 'npx mesos agent').filter((word) => !word.startsWith('--ip=')),
        `--master=${address}`,
        `--ip=${ip}`,
        '--port=0',
        '--no-switch_user',
        '--resources=cpus:2;mem:256;disk:256',
        `--work_dir=${folder}/${name}`,
        `--executor_environment_variables=file://${folder}/executor.json`,
      ],
      env,
    );
  // The framework's principal may not register agents, though its certificate is as good as any.
  agentOf(ofFramework, '127.0.0.3', 'other');
  await master.printed(/not authorized/i);
  agentOf(ofAgent, '127.0.0.2', 'agent');

  const execute = (env: Variables, role: string): ReturnType<typeof run> =>
    run(
      [
        'execute',
        `--master=${address}`,
        `--role=${role}`,
        '--name=known',
        '--command=true',
        '--resources=cpus:0.1;mem:16',
      ],
      env,
    );
  const accepted = await execute({ ...ofFramework, LIBPROCESS_IP: '127.0.0.3' }, 'batch');
  t.is(accepted.status, 0, accepted.out + master.out);
  await master.printed(/Framework 'known' has authenticated as 'batch'/);
  // Registered as an agent's principal, which may be no framework.
  const refused = await execute({ ...ofAgent, LIBPROCESS_IP: '127.0.0.2' }, 'batch');
  t.not(refused.status, 0);
  t.regex(refused.out, /Not authorized to register framework/);
});

where(`without TLS nobody can be known by certificates, and the master does not start${why}`, async (t) => {
  const folder = await folderOf(t);
  const flags = ['--ip=127.0.0.1', '--port=0', '--authenticate_agents', '--authenticators=certificate'];
  const { out, status } = await run(['master', ...flags, `--work_dir=${folder}`]);
  t.is(status, 1);
  t.regex(out, /The authenticator 'certificate' needs TLS: set LIBPROCESS_SSL_ENABLED=true/);
});
