import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { readKeyFile } from '../../src/authentication/secret-file.ts';
import { readCredential, readCredentials } from '../../src/index.ts';

/** Writes a file that only its owner may read, and gives its path. */
async function withFile(text: string, use: (path: string) => void | Promise<void>): Promise<void> {
  await using directory = await temporaryFolder();
  const path = join(directory.path, 'secrets');
  await writeFile(path, text, { mode: 0o600 });
  await use(path);
}

test('credentials are read from JSON and from lines; the last of two counts', async (t) => {
  const ann = { principal: 'ann', secret: 'one' };
  const json = JSON.stringify({ credentials: [ann, { principal: 'ben', secret: 'b c' }, { ...ann, secret: 'two' }] });
  await withFile(json, (path) => {
    t.deepEqual(
      [...readCredentials(path).value],
      [
        ['ann', 'two'],
        ['ben', 'b c'],
      ],
    );
    t.deepEqual(readCredentials(path).warnings, []);
  });
  await withFile('ann one\n\n  ben\ttwo \r\n', (path) => {
    t.deepEqual(
      [...readCredentials(path).value],
      [
        ['ann', 'one'],
        ['ben', 'two'],
      ],
    );
  });
});

test('the credential of a program is read in both forms', async (t) => {
  for (const text of ['{"principal": "ann", "secret": "one"}', 'ann one\n']) {
    await withFile(text, (path) => {
      t.deepEqual(readCredential(path).value, { principal: 'ann', secret: 'one' });
    });
  }
});

test('a file that others may read is warned of', async (t) => {
  await withFile('ann one', async (path) => {
    await chmod(path, 0o604);
    t.regex(readCredential(path).warnings[0] ?? '', /Permissions on credential file '.*' are too open/);
    t.regex(readKeyFile(path, 'JWT secret key').warnings[0] ?? '', /Permissions on JWT secret key file/);
    await chmod(path, 0o640);
    t.deepEqual(readCredential(path).warnings, []);
  });
});

test('a file that cannot be used is refused without showing what is in it', async (t) => {
  const secret = 'sesame';
  const files: readonly (readonly [string, RegExp])[] = [
    ['', /must contain at least one credential/],
    ['{"credentials": []}', /must contain at least one credential/],
    [`{"credentials": [{"principal": "ann", "secret": "${secret}"]}`, /is not valid JSON/],
    [`{"credential": [{"principal": "ann", "secret": "${secret}"}]}`, /has no list 'credentials'/],
    [`{"credentials": [{"secret": "${secret}"}]}`, /credentials\[0\] has no principal/],
    [`{"credentials": [{"principal": "ann", "password": "${secret}"}]}`, /credentials\[0\] has no secret/],
    [`ann ${secret}\nben ${secret} more`, /Line 2 of credentials file '.*' is not a principal and a secret/],
  ];
  for (const [text, pattern] of files) {
    await withFile(text, (path) => {
      const error = t.throws(() => readCredentials(path), { message: pattern }, text);
      t.false(String(error?.stack).includes(secret), text);
    });
  }
  const inline = t.throws(() => readCredentials(`{"credentials": "${secret}"}`), { message: /Expecting the path/ });
  t.false(String(inline?.stack).includes(secret));
  t.throws(() => readCredentials('/nowhere/at/all'), { message: /Failed to read credentials file '\/nowhere/ });
  await withFile('', (path) => {
    t.throws(() => readCredential(path), { message: /Empty credential file/ });
    t.throws(() => readKeyFile(path, 'key'), { message: /is empty/ });
  });
});

test('no file makes reading do anything but answer credentials or refuse them by its name', async (t) => {
  await using directory = await temporaryFolder();
  const path = join(directory.path, 'secrets');
  const entry = fc.record({ principal: fc.jsonValue(), secret: fc.jsonValue() }, { requiredKeys: [] });
  const json = fc.oneof(fc.record({ credentials: fc.oneof(fc.array(entry), fc.jsonValue()) }), entry, fc.jsonValue());
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    json.map((value) => JSON.stringify(value)),
    fc.tuple(json, fc.nat(40)).map(([value, cut]) => JSON.stringify(value).slice(0, -cut)),
  );
  for (const sample of fc.sample(text, { numRuns: 400 })) {
    await writeFile(path, sample);
    for (const read of [readCredentials, readCredential]) {
      try {
        t.truthy(read(path).value);
      } catch (error) {
        t.regex(String(error), /^Error: .*secrets'/);
      }
    }
  }
});
