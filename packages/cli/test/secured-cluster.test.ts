// A cluster with authentication and rules, set up by the very commands of docs/security.md, as real OS processes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { commandBlocks, folderOf, run, shell, start } from './support/guide.ts';

const page = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const withCurl = hasCurl ? test.serial : test.serial.skip;
const why = hasCurl ? '' : ' (there is no curl on this machine)';

/** The commands of the page that have a text in them. */
function commands(text: string): string {
  const block = commandBlocks(page).find((each) => each.includes(text));
  if (block === undefined) throw new Error(`The page has no commands with '${text}'`);
  return block;
}

/** A command of the page: the secret in its environment, and its arguments behind `mesos`. */
function invocation(folder: string, text: string): { readonly secret: string; readonly argv: readonly string[] } {
  const npx = `npx() { shift; printf '%s\\n' "$MESOS_SECRET" "$@"; }\n`;
  const [secret = '', ...argv] = shell(folder, npx + commands(text))
    .trimEnd()
    .split('\n');
  return { secret, argv };
}

/** The arguments with others in place of those of the page. */
function changed(argv: readonly string[], changes: Readonly<Record<string, string>>): readonly string[] {
  const kept = argv.filter((argument) => !Object.keys(changes).some((name) => argument.startsWith(`${name}=`)));
  return [...kept, ...Object.entries(changes).map(([name, value]) => (value === '' ? name : `${name}=${value}`))];
}

withCurl(
  `the commands of the page make a cluster that lets in who may come in, and does what they may do${why}`,
  async (t) => {
    t.timeout(300_000);
    const folder = await folderOf(t);
    for (const file of ['> credentials.json', '> acls.json', '> rate-limits.json']) shell(folder, commands(file));
    const master = start(
      t,
      changed(invocation(folder, 'mesos master').argv, {
        '--ip': '127.0.0.1',
        '--port': '0',
        '--work_dir': join(folder, 'master'),
        '--rate_limits': `file://${folder}/rate-limits.json`,
      }),
    );
    const [, address = ''] = await master.printed(/is ready and serves http:\/\/(\S+)/);
    const agent = start(
      t,
      changed(invocation(folder, 'mesos agent').argv, {
        '--master': address,
        '--ip': '127.0.0.1',
        '--port': '0',
        '--work_dir': join(folder, 'agent'),
        '--resources': 'cpus:2;mem:256;disk:256',
        '--no-switch_user': '',
      }),
    );
    await agent.printed(/Registered with master/);
    await master.printed(/Successfully authenticated principal 'agents'/);
    const answers = commands('curl');
    const expected = /```text\n([\s\S]*?)```/.exec(page.slice(page.indexOf(answers)))?.[1] ?? '';
    t.is(shell(folder, answers.replaceAll('10.0.0.1:5050', address)), expected);

    const { argv, secret } = invocation(folder, 'mesos execute');
    const framework = await run(
      argv.map((argument) => argument.replace('10.0.0.1:5050', address)),
      { MESOS_SECRET: secret },
    );
    t.is(framework.status, 0, framework.out + agent.out);
    const stranger = await run(['execute', `--master=${address}`, '--name=x', '--command=true']);
    t.is(stranger.status, 1);
    t.regex(
      stranger.out,
      /is not authenticated \(--principal, with --secret or MESOS_SECRET, tells who the framework is\)/,
    );
    for (const { out } of [master, agent]) t.false(out.includes('a long secret'), out);
  },
);
