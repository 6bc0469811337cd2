import test from 'ava';
import { hostnameOf, startRuntime } from '../src/address.ts';

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
