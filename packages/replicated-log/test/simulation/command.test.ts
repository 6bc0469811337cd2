import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';

function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const program = fileURLToPath(new URL('main.js', import.meta.url));
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

test('npm run sim tells how it is used, simulates as many seeds as it is told to, and refuses what it does not understand', (t) => {
  t.timeout(300_000);
  const { status, stdout } = run('--help');
  t.is(status, 0);
  t.regex(stdout, /--seeds=100000/);
  const some = run('--seeds=3', '--from=11', '--replicas=3');
  t.is(some.status, 0);
  t.regex(some.stdout, /3 seeds with 3 replicas[^]*nothing wrong/);
  // `NaN` seeds would show nothing wrong.
  for (const wrong of ['--seeds=many', '--seeds=0', '--seed=', '--from=1.5', '--sedes=3', 'seeds']) {
    const refused = run(wrong);
    t.is(refused.status, 2, wrong);
    t.regex(refused.stderr, /--seeds=100000/);
    t.is(refused.stdout, '');
  }
});
