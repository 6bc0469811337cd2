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

test('zsh and fish are told every command', async (t) => {
  t.true((await script('zsh')).startsWith('#compdef mesos\n'));
  const fish = await script('fish');
  for (const name of ['explain', 'frameworks', 'teardown']) t.true(fish.includes(` -a ${name} -d `), name);
  t.true(fish.includes("-n '__fish_seen_subcommand_from explain' -l resources"));
});
