import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ensureDirectory } from '../src/index.ts';

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'directory-'));
}

test('a directory is made with those above it, and kept when it is there', (t) => {
  const root = scratch();
  t.teardown(() => {
    rmSync(root, { recursive: true });
  });
  const path = join(root, 'a', 'b', 'c');
  ensureDirectory(path);
  writeFileSync(join(path, 'file'), 'kept');
  ensureDirectory(path);
  t.true(statSync(join(path, 'file')).isFile());
});

test('what is a file, or lies below one, is refused by its name', (t) => {
  const root = scratch();
  t.teardown(() => {
    rmSync(root, { recursive: true });
  });
  writeFileSync(join(root, 'file'), '');
  for (const path of ['file', 'file/below']) {
    const whole = join(root, path);
    const error = t.throws(() => {
      ensureDirectory(whole);
    });
    t.true(error.message.startsWith(`Cannot keep files in '${whole}': `), error.message);
  }
});

test('where the system makes no directories, that is an error at once', (t) => {
  t.throws(() => {
    ensureDirectory('/proc/no/such/folder');
  });
});
