// A cluster with authentication and rules, set up by the very commands of docs/security.md, as real OS processes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Running } from './support/running.ts';
import type { ExecutionContext } from 'ava';

const page = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const withCurl = hasCurl ? test.serial : test.serial.skip;
const why = hasCurl ? '' : ' (there is no curl on this machine)';

/** The commands of the page that have a text in them. */
function commands(text: string): string {
  const found = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const block = found.find((each) => each.includes(text));
  if (block === undefined) throw new Error(`The page has no commands with '${text}'`);
  return block;
}

function shell(folder: string, script: string): string {
  const { status, stderr, stdout } = spawnSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** A command of the page: the secret in its environment, and its arguments behind `mesos`. */
function invocation(folder: string, text: string): { readonly secret: string; readonly argv: readonly string[] } {
  const npx = `npx() { shift; printf '%s\\n' "$MESOS_SECRET" "$@"; }\n`;
  const [secret = '', ...argv] = shell(folder, npx + commands(text))
    .trimEnd()
    .split('\n');
  return { secret, argv };
}

/** Starts a program that runs until the end of the test. */
function start(t: ExecutionContext, argv: readonly string[], changes: Readonly<Record<string, string>>): Running {
  const changed = argv.filter((argument) => !Object.keys(changes).some((name) => argument.startsWith(`${name}=`)));
  const given = Object.entries(changes).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const running = new Running('mesos.js', [...changed, ...given], { PATH: process.env['PATH'] });
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.exit;
  });
  return running;
}

withCurl(
  `the commands of the page make a cluster that lets in who may come in, and does what they may do${why}`,
  async (t) => {
    t.timeout(120_000);
    const folder = await mkdtemp(join(tmpdir(), 'mesos-security-test-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    for (const file of ['> credentials.json', '> acls.json', '> rate-limits.json']) shell(folder, commands(file));
    const master = start(t, invocation(folder, 'mesos master').argv, {
      '--ip': '127.0.0.1',
      '--port': '0',
      '--work_dir': join(folder, 'master'),
      '--rate_limits': `file://${folder}/rate-limits.json`,
    });
    const [, address = ''] = await master.printed(/is ready and serves http:\/\/(\S+)/);
    const agent = start(t, invocation(folder, 'mesos agent').argv, {
      '--master': address,
      '--ip': '127.0.0.1',
      '--port': '0',
      '--work_dir': join(folder, 'agent'),
      '--resources': 'cpus:2;mem:256;disk:256',
      '--no-switch_user': '',
    });
    await agent.printed(/Registered with master/);
    await master.printed(/Successfully authenticated principal 'agents'/);
    const answers = commands('curl');
    const expected = /```text\n([\s\S]*?)```/.exec(page.slice(page.indexOf(answers)))?.[1] ?? '';
    t.is(shell(folder, answers.replaceAll('10.0.0.1:5050', address)), expected);

    const { argv, secret } = invocation(folder, 'mesos execute');
    const framework = new Running(
      'mesos.js',
      argv.map((argument) => argument.replace('10.0.0.1:5050', address)),
      { PATH: process.env['PATH'], MESOS_SECRET: secret },
    );
    t.is((await framework.exit)[0], 0, framework.out + agent.out);
    const stranger = new Running('mesos.js', ['execute', `--master=${address}`, '--name=x', '--command=true'], {
      PATH: process.env['PATH'],
    });
    t.is((await stranger.exit)[0], 1);
    t.regex(stranger.out, /is not authenticated/);
    for (const { out } of [master, agent]) t.false(out.includes('a long secret'), out);
  },
);
