import { open, readFile, writeFile, realpath } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { PID, Process, Runtime } from '../../src/index.ts';
import { listProcesses, readProcess, subprocess, waitStatus } from '../../src/subprocess/index.ts';
import { TestClock, eventually } from '../../src/testing/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { firstNumbers, hasProc, isAlive, read } from './support.ts';
import { codeOf } from '../support/promises.ts';
import type { ProcessError } from '../../src/index.ts';
import type { ExitStatus, SubprocessOptions } from '../../src/subprocess/index.ts';

const linuxTest = hasProc ? test : test.skip;
const runtime = new Runtime();
test.after.always(() => runtime.close());

const quiet: SubprocessOptions = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };

function startQuietly(command: string[], options: SubprocessOptions = {}): Promise<unknown> {
  return subprocess(runtime, command, { ...quiet, ...options });
}

async function environmentOf(options: SubprocessOptions): Promise<string> {
  const child = await subprocess(runtime, ['/usr/bin/env'], { ...quiet, ...options, stdout: 'pipe' });
  return read(child.stdout);
}

test('the status of a child is its exit code, or the signal that ended it', async (t) => {
  const exited = await subprocess(runtime, 'exit 3', quiet);
  t.deepEqual(await exited.status, { code: 3, signal: null });
  t.false(exited.kill(), 'it has ended');
  const killed = await subprocess(runtime, ['sleep', '1000'], quiet);
  t.true(killed.kill('SIGKILL'));
  const status = await killed.status;
  t.deepEqual(status, { code: null, signal: 'SIGKILL' });
  t.is(waitStatus(status), constants.signals.SIGKILL);
});

test('arguments arrive as they are, whatever is in them, and the shell sees to none of them', async (t) => {
  const child = await subprocess(runtime, ['printf', '%s|', 'a b', '$HOME', "it's", '*', ''], {
    ...quiet,
    stdout: 'pipe',
  });
  t.is(await read(child.stdout), "a b|$HOME|it's|*||");
});

test('a program can be told another name than its own', async (t) => {
  const child = await subprocess(runtime, ['my-name', '-c', 'echo $0'], { ...quiet, file: '/bin/sh', stdout: 'pipe' });
  t.is(await read(child.stdout), 'my-name\n');
});

test('what goes through pipes arrives, in both directions and however much it is', async (t) => {
  const cat = await subprocess(runtime, ['cat'], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
  const large = 'x'.repeat(3_000_000);
  cat.stdin?.end(large);
  t.is((await read(cat.stdout)).length, large.length);
  t.deepEqual(await cat.status, { code: 0, signal: null });
  const both = await subprocess(runtime, 'echo out; echo err >&2', { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  t.deepEqual(await Promise.all([read(both.stdout), read(both.stderr)]), ['out\n', 'err\n']);
});

linuxTest('a child that writes more than anybody reads waits, and goes on when it is read', async (t) => {
  const child = await subprocess(runtime, ['head', '-c', '5000000', '/dev/zero'], { ...quiet, stdout: 'pipe' });
  const written = async (): Promise<number> =>
    Number(/^wchar: (\d+)$/m.exec(await readFile(`/proc/${child.pid}/io`, 'utf8'))?.[1]);
  await eventually(async () => (await written()) >= 4096, 'it writes');
  // Another one does all of it meanwhile.
  await (
    await subprocess(runtime, ['head', '-c', '5000000', '/dev/zero'], quiet)
  ).status;
  t.true((await written()) < 1_000_000);
  t.true(isAlive(child.pid));
  t.is((await read(child.stdout)).length, 5_000_000);
  t.deepEqual(await child.status, { code: 0, signal: null });
});

test('writing to a child that does not read and ends is no end of this program', async (t) => {
  const child = await subprocess(runtime, 'exit 0', { ...quiet, stdin: 'pipe' });
  await child.status;
  const error = await new Promise((resolve) => {
    child.stdin?.write('x'.repeat(1_000_000), resolve);
  });
  t.true(error instanceof Error);
});

test('stdin, stdout and stderr can be files; output is appended, and what is not there is made', async (t) => {
  const directory = await temporaryFolder(t);
  const [input, output] = [join(directory, 'in'), join(directory, 'out')];
  await writeFile(input, 'hello\n');
  for (let run = 0; run < 2; run++) {
    const child = await subprocess(runtime, 'cat; echo again >&2', {
      stdin: { path: input },
      stdout: { path: output },
      stderr: { path: output },
    });
    t.deepEqual(await child.status, { code: 0, signal: null });
  }
  t.is(await readFile(output, 'utf8'), 'hello\nagain\nhello\nagain\n');
});

test('stdin and stdout can be open descriptors, which stay open here', async (t) => {
  const directory = await temporaryFolder(t);
  const path = join(directory, 'file');
  await writeFile(path, 'before\n');
  await using file = await open(path, 'r+');
  const child = await subprocess(runtime, 'cat >/dev/null; echo after', {
    stdin: { fd: file.fd },
    stdout: { fd: file.fd },
    stderr: 'ignore',
  });
  await child.status;
  await file.write('here too\n');
  t.is(await readFile(path, 'utf8'), 'before\nafter\nhere too\n');
});

test('further descriptors are inherited as 3, 4 and so on, and no others', async (t) => {
  const directory = await temporaryFolder(t);
  await using first = await open(join(directory, 'first'), 'w+');
  await using other = await open(join(directory, 'other'), 'w+');
  const command = 'echo three >&3; ls /dev/fd/ | wc -l; (echo x >&4) 2>/dev/null || echo no four';
  const child = await subprocess(runtime, command, { ...quiet, descriptors: [first.fd], stdout: 'pipe' });
  t.regex(await read(child.stdout), /no four\n$/);
  t.is(await readFile(join(directory, 'first'), 'utf8'), 'three\n');
  t.is((await other.stat()).size, 0);
});

test('without an environment a child has that of this process, with one nothing else', async (t) => {
  t.true((await environmentOf({})).includes(`PATH=${process.env['PATH'] ?? ''}`));
  t.is(
    await environmentOf({ environment: { MESSAGE: 'hello "world"  with blanks', NONE: undefined } }),
    'MESSAGE=hello "world"  with blanks\n',
  );
  t.is(await environmentOf({ environment: {} }), '');
});

test('a child runs in the directory that it is given', async (t) => {
  const directory = await temporaryFolder(t);
  const child = await subprocess(runtime, 'pwd -P', { ...quiet, directory, stdout: 'pipe' });
  t.is(await read(child.stdout), `${await realpath(directory)}\n`);
});

test('what is captured is bounded, the rest is counted, and the child is not kept waiting', async (t) => {
  const child = await subprocess(runtime, 'head -c 1000000 /dev/zero; echo end >&2', {
    stdin: 'ignore',
    stdout: { captureBytesMax: 1000 },
    stderr: { captureBytesMax: 1000 },
  });
  t.deepEqual(await child.status, { code: 0, signal: null });
  const [stdout, stderr] = [await child.capturedStdout, await child.capturedStderr];
  t.deepEqual([stdout?.bytes.length, stdout?.dropped], [1000, 999_000]);
  t.deepEqual([stderr?.bytes.toString(), stderr?.dropped], ['end\n', 0]);
});

test('a child that cannot be started is refused with its reason', async (t) => {
  const directory = await temporaryFolder(t);
  const plain = join(directory, 'plain');
  await writeFile(plain, 'no program');
  for (const onParentDeath of ['survive', 'kill'] as const) {
    t.is(await codeOf(startQuietly(['no-such-program'], { onParentDeath })), 'SUBPROCESS_FAILED');
    for (const wrong of ['/no/such', plain]) {
      const error = await t.throwsAsync(startQuietly(['true'], { directory: wrong, onParentDeath }));
      t.is((error as ProcessError).code, 'SUBPROCESS_FAILED');
      t.true(error.message.includes(`'${wrong}'`), `what is wrong is told, not '${error.message}'`);
    }
    t.is(await codeOf(startQuietly([plain], { onParentDeath })), 'SUBPROCESS_FAILED');
    t.is(await codeOf(startQuietly(['true'], { stdin: { path: '/no/such' }, onParentDeath })), 'SUBPROCESS_FAILED');
    t.is(await codeOf(startQuietly(['echo', 'a\0b'], { onParentDeath })), 'SUBPROCESS_FAILED');
  }
  t.is(await codeOf(startQuietly([])), 'SUBPROCESS_INVALID');
  t.is(await codeOf(startQuietly(['true'], { onParentDeath: 'kill', session: false })), 'SUBPROCESS_INVALID');
  t.is(await codeOf(startQuietly(['true'], { onParentDeath: 'kill', file: '/bin/true' })), 'SUBPROCESS_INVALID');
  t.is(
    await codeOf(startQuietly(['true'], { onParentDeath: 'kill', descriptors: [0, 0, 0, 0, 0, 0, 0] })),
    'SUBPROCESS_INVALID',
  );
});

linuxTest('a child is of the session of this process, or leads one of its own', async (t) => {
  const own = readProcess(process.pid);
  const plain = await subprocess(runtime, ['sleep', '1000'], quiet);
  const leader = await subprocess(runtime, ['sleep', '1000'], { ...quiet, session: true });
  t.is(readProcess(plain.pid)?.sessionId, own?.sessionId);
  t.deepEqual([readProcess(leader.pid)?.sessionId, readProcess(leader.pid)?.groupId], [leader.pid, leader.pid]);
  t.is(leader.startTicks, readProcess(leader.pid)?.startTicks);
  for (const child of [plain, leader]) child.kill();
  await Promise.all([plain.status, leader.status]);
});

linuxTest('a tree is killed with all that came of it, even when its root has ended', async (t) => {
  const child = await subprocess(runtime, 'sleep 1000 & setsid sleep 1000 & echo $!; exec sleep 1000', {
    ...quiet,
    session: true,
    stdout: 'pipe',
  });
  const [inner = 0] = await firstNumbers(child.stdout);
  await eventually(
    () => (listProcesses() ?? []).filter(({ parentPid }) => parentPid === child.pid).length === 2,
    'all run',
  );
  const members = (listProcesses() ?? []).filter(({ parentPid }) => parentPid === child.pid).map(({ pid }) => pid);
  t.true(members.includes(inner));
  t.is(child.killTree(), 3);
  t.deepEqual(await child.status, { code: null, signal: 'SIGKILL' });
  await eventually(() => !members.some(isAlive), 'its descendants have ended');
  t.is(child.killTree(), 0);

  const parted = await subprocess(runtime, 'sleep 1000 & echo $!', { ...quiet, session: true, stdout: 'pipe' });
  const [orphan = 0] = await firstNumbers(parted.stdout);
  await parted.status;
  t.true(isAlive(orphan));
  t.is(parted.killTree(), 1);
  await eventually(() => !isAlive(orphan), 'what was left has ended');
});

linuxTest(
  'a child that shall end with its parent does so when the parent gets SIGKILL, with all of its group',
  async (t) => {
    const parent = await subprocess(
      runtime,
      [process.execPath, fileURLToPath(new URL('parent.js', import.meta.url)), 'kill'],
      {
        ...quiet,
        stdout: 'pipe',
        stderr: 'inherit',
      },
    );
    const pids = await firstNumbers(parent.stdout);
    t.is(pids.length, 2);
    t.true(pids.every(isAlive));
    parent.kill('SIGKILL');
    t.deepEqual(await parent.status, { code: null, signal: 'SIGKILL' });
    await eventually(() => !pids.some(isAlive), 'both have ended');
    await eventually(
      () => !(listProcesses() ?? []).some(({ groupId }) => groupId === pids[0]),
      'and so has the watcher',
    );
  },
);

linuxTest('a child that shall survive its parent does so', async (t) => {
  const parent = await subprocess(
    runtime,
    [process.execPath, fileURLToPath(new URL('parent.js', import.meta.url)), 'survive'],
    {
      ...quiet,
      stdout: 'pipe',
    },
  );
  const pids = await firstNumbers(parent.stdout);
  parent.kill('SIGKILL');
  await parent.status;
  t.true(pids.every(isAlive));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await eventually(() => !pids.some(isAlive), 'both have ended');
});

linuxTest(
  'under a watcher a child is as it would be without: same pid, status, descriptors and no child that it does not know',
  async (t) => {
    const directory = await temporaryFolder(t);
    await using extra = await open(join(directory, 'extra'), 'w+');
    const command = 'echo $$ "$@"; echo extra >&3; echo /proc/$$/fd/*; cat /proc/$$/task/$$/children; cat; exit 7';
    const start = (onParentDeath: 'kill' | 'survive'): ReturnType<typeof subprocess> =>
      subprocess(runtime, ['sh', '-c', command, 'sh', "a 'b"], {
        descriptors: [extra.fd],
        onParentDeath,
        session: true,
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: 'inherit',
      });
    const outputs: string[] = [];
    for (const how of ['survive', 'kill'] as const) {
      const child = await start(how);
      child.stdin?.end('input');
      const output = await read(child.stdout);
      t.deepEqual(await child.status, { code: 7, signal: null });
      t.true(output.startsWith(`${child.pid} a 'b\n`));
      outputs.push(output.replaceAll(/^\d+ a/gm, 'a').replaceAll(/\b\d{3,}\b/g, '<pid>'));
      await eventually(
        () => !(listProcesses() ?? []).some(({ sessionId }) => sessionId === child.pid),
        'nothing is left of it',
      );
    }
    t.is(outputs[1], outputs[0]);
    t.is(await readFile(join(directory, 'extra'), 'utf8'), 'extra\nextra\n');
    const signalled = await subprocess(runtime, ['sleep', '1000'], { ...quiet, onParentDeath: 'kill' });
    signalled.kill('SIGTERM');
    t.deepEqual(await signalled.status, { code: null, signal: 'SIGTERM' });
  },
);

linuxTest('a watcher is not ended by signals to its group that the program survives', async (t) => {
  const child = await subprocess(runtime, "trap '' TERM HUP INT; echo ready; while :; do sleep 1000; done", {
    ...quiet,
    onParentDeath: 'kill',
    stdout: 'pipe',
  });
  await firstNumbers(child.stdout);
  const watchers = (): number =>
    (listProcesses() ?? []).filter(
      ({ groupId, parentPid, pid }) => groupId === child.pid && parentPid !== child.pid && pid !== child.pid,
    ).length;
  await eventually(() => watchers() === 1, 'there is a watcher');
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(-child.pid, signal);
  t.is(watchers(), 1);
  child.killTree();
  await child.status;
});

class Owner extends Process {
  readonly ends: ExitStatus[] = [];
  async start(command: string): Promise<number> {
    const onExit = this.defer((status: ExitStatus) => {
      this.ends.push(status);
    });
    const child = await subprocess(this.runtime, command, { ...quiet, onExit, owner: this.self, session: true });
    return child.pid;
  }
}

test('an actor hears in its turn of the end of its child', async (t) => {
  const owner = new Owner();
  const pid = runtime.spawn(owner);
  await runtime.dispatch(pid, 'start', ['exit 4']);
  await eventually(() => owner.ends.length > 0, 'it hears');
  t.deepEqual(owner.ends, [{ code: 4, signal: null }]);
  runtime.terminate(pid);
  await runtime.wait(pid);
});

linuxTest(
  'a child with an owner is killed when that actor ends, with all that came of it, and not before',
  async (t) => {
    const owner = new Owner();
    const pid = runtime.spawn(owner);
    const children = [
      await runtime.dispatch(pid, 'start', ['sleep 1000 & exec sleep 1000']),
      await runtime.dispatch(pid, 'start', ['exec sleep 1000']),
    ];
    await runtime.dispatch(pid, 'start', ['exit 0']);
    await eventually(() => owner.ends.length > 0, 'the short one has ended');
    t.true(children.every(isAlive));
    runtime.terminate(pid);
    await eventually(() => !children.some(isAlive), 'all have ended');
    await eventually(
      () => !(listProcesses() ?? []).some(({ isZombie, sessionId }) => children.includes(sessionId) && !isZombie),
      'so has what came of them',
    );
    t.is(owner.ends.length, 1, 'an actor that has ended hears of nothing');
  },
);

linuxTest('children with owners end with their runtime, even those whose owner has just ended', async (t) => {
  const own = new Runtime();
  const [first, second] = [own.spawn(new Owner()), own.spawn(new Owner())];
  const pids = [
    await own.dispatch(first, 'start', ['exec sleep 1000']),
    await own.dispatch(second, 'start', ['exec sleep 1000']),
  ];
  own.terminate(second);
  await own.close();
  t.false(pids.some(isAlive));
  t.is(await codeOf(subprocess(own, 'exit 0', quiet)), 'RUNTIME_CLOSED');
});

linuxTest(
  'a child whose owner is not there any more is killed at once; one of another runtime owns nothing',
  async (t) => {
    const owner = runtime.spawn(new Owner());
    runtime.terminate(owner);
    await runtime.wait(owner);
    const child = await subprocess(runtime, ['sleep', '1000'], { ...quiet, owner });
    t.deepEqual(await child.status, { code: null, signal: 'SIGKILL' });
    t.is(
      await codeOf(subprocess(runtime, 'exit 0', { ...quiet, owner: PID.parse('a@127.0.0.1:1') })),
      'SUBPROCESS_INVALID',
    );
  },
);

test('what an end causes cannot end this program: an exception in it is logged', async (t) => {
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const own = new Runtime({ logger: { debug: note, info: note, warn: note, error: note } });
  const child = await subprocess(own, 'exit 0', {
    ...quiet,
    onExit: () => {
      throw new Error('mine');
    },
  });
  await child.status;
  await eventually(() => lines.some((line) => line.includes('mine')), 'it is logged');
  t.pass();
  await own.close();
});

test('a test clock waits for a child that is tracked', async (t) => {
  const clock = new TestClock();
  const own = new Runtime({ clock });
  let isEnded = false;
  const child = await subprocess(own, 'sleep 0.2', { ...quiet, tracked: true });
  void child.status.then(() => {
    isEnded = true;
  });
  await clock.advance(1);
  t.true(isEnded);
  await own.close();
});
