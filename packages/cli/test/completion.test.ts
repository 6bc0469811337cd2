import { spawnSync } from 'node:child_process';
import test from 'ava';
import { mesos } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';

async function script(shell: string): Promise<string> {
  const io = new FakeIo();
  if ((await mesos(['completion', shell], {}, io)) !== 0) throw new Error(io.err);
  return io.out;
}

const withBash = spawnSync('bash', ['--version']).status === 0 ? test : test.skip;

withBash('bash completes commands, what follows them, and their flags', async (t) => {
  const source = await script('bash');
  const complete = (...words: string[]): string[] => {
    const list = words.map((word) => `'${word}'`).join(' ');
    const program = `${source}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _mesos; echo "\${COMPREPLY[@]}"`;
    const { stderr, stdout } = spawnSync('bash', ['-c', program], { encoding: 'utf8' });
    t.is(stderr, '');
    return stdout.trim().split(' ');
  };
  t.deepEqual(complete('mesos', 'fr'), ['frameworks']);
  t.deepEqual(complete('mesos', 'task', ''), ['attach', 'exec', 'log']);
  t.deepEqual(complete('mesos', 'completion', 'f'), ['fish']);
  t.deepEqual(complete('mesos', 'explain', '--re'), ['--resources']);
  t.deepEqual(complete('mesos', 'task', 'log', '--fo'), ['--follow']);
  t.deepEqual(complete('mesos', 'quota', 'update', 'web', '--li'), ['--limits']);
});

const withZsh = spawnSync('zsh', ['--version']).status === 0 ? test : test.skip;
const withFish = spawnSync('fish', ['--version']).status === 0 ? test : test.skip;

withZsh('zsh completes commands, what follows them, and their flags', async (t) => {
  const source = await script('zsh');
  const complete = (...words: string[]): string[] => {
    // What zsh's own functions are given to choose from.
    const stubs = [
      'compdef() { registered="$*"; }',
      '_describe() { print -rl -- "${(@P)4}"; }',
      'compadd() { shift; print -rl -- "$@"; }',
      '_files() { print files; }',
    ];
    const list = words.map((word) => `'${word}'`).join(' ');
    const call = `words=(${list}); CURRENT=${words.length}; PREFIX='${words.at(-1)}'; _mesos`;
    const program = [...stubs, source, '[[ "$registered" == "_mesos mesos" ]] || exit 1', call].join('\n');
    const { status, stderr, stdout } = spawnSync('zsh', ['-f', '-c', program], { encoding: 'utf8' });
    t.is(stderr, '');
    t.is(status, 0);
    return stdout.trim().split('\n');
  };
  t.true(complete('mesos', '').includes('frameworks:Lists the frameworks'));
  t.true(complete('mesos', '').includes("log:Prints the master's or an agent's log"));
  t.deepEqual(complete('mesos', 'task', ''), [
    'attach:Connects a terminal with a task',
    'exec:Runs a command beside a task',
    "log:Prints a task's output",
  ]);
  t.deepEqual(complete('mesos', 'completion', ''), ['bash', 'zsh', 'fish']);
  t.true(complete('mesos', 'explain', '--re').includes('--resources'));
  t.true(complete('mesos', 'task', 'log', '--fo').includes('--follow'));
  t.false(complete('mesos', 'task', 'exec', '--fo').includes('--follow'));
  t.true(complete('mesos', 'quota', 'update', 'web', '--li').includes('--limits'));
  t.true(complete('mesos', 'agents', '--j').includes('--json'));
  t.deepEqual(complete('mesos', 'task', 'log', 'x', ''), ['files']);
});

withFish('fish completes commands, what follows them, and their flags', async (t) => {
  const source = await script('fish');
  const complete = (line: string): string[] => {
    const { stderr, stdout } = spawnSync('fish', ['-c', `${source}\ncomplete -C '${line}'`], {
      encoding: 'utf8',
      env: { ...process.env, HOME: '/nonexistent', TERM: 'dumb' },
    });
    t.notRegex(stderr, /mesos/);
    return stdout.trim().split('\n');
  };
  t.deepEqual(complete('mesos fr'), ['frameworks\tLists the frameworks']);
  t.deepEqual(
    complete('mesos task ').map((line) => line.split('\t')[0]),
    ['attach', 'exec', 'log'],
  );
  t.deepEqual(complete('mesos explain --re'), ['--resources']);
  t.deepEqual(complete('mesos quota update --li'), ['--limits']);
  t.deepEqual(complete('mesos task log x --fo'), ['--follow']);
});

test('each shell is told every command and every flag of it', async (t) => {
  const [bash, zsh, fish] = await Promise.all(['bash', 'zsh', 'fish'].map(script));
  t.true(zsh?.startsWith('#compdef mesos\n'));
  for (const name of ['explain', 'frameworks', 'teardown', 'deactivate', 'mark-gone']) {
    for (const text of [bash, zsh, fish]) t.true(text?.includes(name), name);
  }
  t.true(fish?.includes("-n '__fish_seen_subcommand_from explain' -l resources"));
});
