import test from 'ava';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { hostnameOf, startRuntime } from '../src/address.ts';

function start(env: Readonly<Record<string, string>>): Promise<unknown> {
  return startRuntime({ flags: { ...none, ip: '127.0.0.1' }, delegate: 'master', env });
}

function ignore(): void {
  // Only warnings are looked at.
}

const nobody = (): Promise<string> => Promise.reject(new Error('ENOTFOUND'));
const none = { advertise_ip: undefined, advertise_port: undefined, ip: undefined, port: 0 };

test('a daemon is known by the name it is given, or by that of its address, or by its address', async (t) => {
  const runtime = { address: '192.0.2.7:5050', track: <T>(promise: Promise<T>) => promise };
  const asked: string[] = [];
  const reverse = (ip: string): Promise<string> => {
    asked.push(ip);
    return Promise.resolve('found.example');
  };
  const given = { hostname: 'given.example', hostname_lookup: true };
  t.is(await hostnameOf(runtime, given, reverse), 'given.example');
  t.is(await hostnameOf(runtime, { hostname: undefined, hostname_lookup: false }, reverse), '192.0.2.7');
  t.deepEqual(asked, []);
  t.is(await hostnameOf(runtime, { hostname: undefined, hostname_lookup: true }, reverse), 'found.example');
  t.deepEqual(asked, ['192.0.2.7']);
  t.is(await hostnameOf(runtime, { hostname: undefined, hostname_lookup: true }, nobody), '192.0.2.7');
});

test('a daemon is reached where it listens, unless it is told that others reach it elsewhere', async (t) => {
  await using here = await startRuntime({ flags: { ...none, ip: '127.0.0.1' }, delegate: 'master' });
  t.regex(here.address, /^127\.0\.0\.1:[1-9]\d*$/);
  const flags = { ...none, ip: '127.0.0.1', advertise_ip: '192.0.2.7', advertise_port: 80 };
  await using elsewhere = await startRuntime({ flags, delegate: 'master' });
  t.is(elsewhere.address, '192.0.2.7:80');
});

test('a daemon without an address listens on all of them', async (t) => {
  await using runtime = await startRuntime({ flags: { ...none, advertise_ip: '127.0.0.1' }, delegate: 'master' });
  const response = await fetch(`http://${runtime.address.replace('127.0.0.1', '127.0.0.2')}/nobody`);
  t.is(response.status, 404);
});

test('LIBPROCESS_IP and LIBPROCESS_ADVERTISE_* count where there is no flag, LIBPROCESS_PORT never', async (t) => {
  const env = {
    LIBPROCESS_IP: '127.0.0.2',
    LIBPROCESS_PORT: '1',
    LIBPROCESS_ADVERTISE_IP: '192.0.2.8',
    LIBPROCESS_ADVERTISE_PORT: '81',
  };
  await using told = await startRuntime({ flags: none, delegate: 'master', env });
  t.is(told.address, '192.0.2.8:81');
  const flags = { ...none, ip: '127.0.0.1', advertise_ip: '192.0.2.7', advertise_port: 80 };
  await using flagged = await startRuntime({ flags, delegate: 'master', env });
  t.is(flagged.address, '192.0.2.7:80');
  await using listening = await startRuntime({ flags: none, delegate: 'master', env: { LIBPROCESS_IP: '127.0.0.2' } });
  t.regex(listening.address, /^127\.0\.0\.2:[1-9]\d*$/);
});

test('a daemon on a wildcard is reached at the address of the machine', async (t) => {
  await using runtime = await startRuntime({ flags: { ...none, ip: '0.0.0.0' }, delegate: 'master' });
  t.false(runtime.address.startsWith('0.0.0.0:'));
});

test('variables that make no sense hinder the start, by their names', async (t) => {
  await t.throwsAsync(start({ LIBPROCESS_ADVERTISE_PORT: 'x' }), {
    message: /LIBPROCESS_ADVERTISE_PORT must be a port/,
  });
  await t.throwsAsync(start({ LIBPROCESS_SSL_ENABLED: 'true' }), { message: /set LIBPROCESS_SSL_CERT_FILE/ });
  await t.throwsAsync(start({ LIBPROCESS_TRUST_SECRET_FILE: '/nowhere' }), { message: /'\/nowhere' cannot be read/ });
});

test('trust by the environment is that of the runtime, and its warnings are in the log', async (t) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'secret');
  await writeFile(file, 'a secret that is long enough', { mode: 0o644 });
  const warnings: string[] = [];
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (text: string) => warnings.push(text) };
  const env = { LIBPROCESS_TRUST_SECRET_FILE: file };
  await using runtime = await startRuntime({ flags: { ...none, ip: '127.0.0.1' }, delegate: 'master', logger, env });
  t.regex(warnings.join('\n'), /can be read by others than its owner/);
  t.false(await runtime.reloadCredentials());
  await writeFile(file, 'another secret of that length');
  t.true(await runtime.reloadCredentials());
});
