import { networkInterfaces } from 'node:os';
import test from 'ava';
import { PID, Process, ProcessError, WebSocketTransport, formatAddress, parseAddress } from '../../src/index.ts';
import { transportSuite } from '../../src/testing/index.ts';
import type { ExecutionContext } from 'ava';
import { attempt, portOf, startNode } from '../support/nodes.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';

const hasIpv6 = Object.values(networkInterfaces()).some(
  (all) => all?.some(({ address }) => address === '::1') === true,
);

/** Declares a test that needs IPv6. */
function ipv6(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (hasIpv6) test(title, run);
  else test.serial.skip(`${title} (this machine has no address ::1)`, run);
}

function setup(): { transport(address?: string): WebSocketTransport } {
  return {
    transport: (address) => new WebSocketTransport(address === undefined ? { ip: '::1' } : parseAddress(address)),
  };
}

class Where extends Process {
  protected override initialize(): void {
    this.route('/client', ({ client = '' }) => ({ status: 200, body: client }));
  }
}

if (hasIpv6) {
  transportSuite(test, { name: 'WebSocket over IPv6', setup });
  runtimeSuite({ name: 'WebSocket over IPv6', setup });
}

ipv6(
  'a runtime on an address of version 6 has PIDs id@[ip]:port, is dialled by them, and serves HTTP there',
  async (t) => {
    const [here, there] = await Promise.all([startNode(t, { ip: '::1' }), startNode(t, { ip: '0:0:0:0:0:0:0:1' })]);
    for (const node of [here, there]) t.regex(node.collecting.toString(), /^collector@\[::1\]:\d+$/);
    t.is(await attempt(here, there), 'delivered');
    t.deepEqual(there.collector.got.items[0], { from: here.collecting.toString(), body: 0 });
    t.true(PID.parse(there.collecting.toString()).equals(there.collecting));
    there.runtime.spawn(new Where('where'));
    const client = await (await fetch(`${there.runtime.url}/where/client`)).text();
    t.regex(client, /^\[::1\]:\d+$/);
  },
);

ipv6('a runtime on :: serves both versions, and whoever comes by version 4 is shown as that', async (t) => {
  const both = await startNode(t, { ip: '::', advertiseIp: '::1' });
  const [four, six] = await Promise.all([startNode(t), startNode(t, { ip: '::1' })]);
  t.is(both.runtime.address, `[::1]:${portOf(both)}`);
  t.is(await attempt(six, both), 'delivered');
  t.is(await attempt(four, both, `127.0.0.1:${portOf(both)}`), 'delivered');
  t.is(four.runtime.metrics.counter('libprocess/connections_ended').value, 0);
  both.runtime.spawn(new Where('where'));
  t.regex(await (await fetch(`http://127.0.0.1:${portOf(both)}/where/client`)).text(), /^127\.0\.0\.1:\d+$/);
});

ipv6('a runtime may listen on one version and advertise the other', async (t) => {
  const node = await startNode(t, { ip: '::', advertiseIp: '127.0.0.1' });
  t.is(node.runtime.address, `127.0.0.1:${portOf(node)}`);
  t.is(await attempt(await startNode(t), node), 'delivered');
});

test('every form of an address of version 6 is one and the same PID', (t) => {
  const forms = ['[::1]:5050', '[0:0:0:0:0:0:0:1]:5050', '[0000::0001]:05050'];
  for (const form of forms) t.is(PID.parse(`a@${form}`).toString(), 'a@[::1]:5050', form);
  t.is(PID.parse('a@[2001:DB8::A]:1').toString(), 'a@[2001:db8::a]:1');
  t.is(PID.parse('a@[::ffff:10.0.0.1]:1').toString(), 'a@10.0.0.1:1');
  t.is(formatAddress('::ffff:10.0.0.1', 1), '10.0.0.1:1');
  for (const text of ['a@[fe80::1%eth0]:1', 'a@::1:5050', 'a@[::1]', 'a@[::1]:', 'a@[10.0.0.1]:1', 'a@[::g]:1']) {
    t.throws(() => PID.parse(text), { instanceOf: ProcessError }, text);
  }
});

test('advertiseIp and advertisePort are what others are told, and what they dial', async (t) => {
  const inner = await startNode(t, { ip: '0.0.0.0', advertiseIp: '127.0.0.3' });
  t.is(inner.runtime.address, `127.0.0.3:${portOf(inner)}`);
  const other = await startNode(t);
  t.is(await attempt(other, inner), 'delivered');
  // The answer goes to the advertised address too.
  t.deepEqual(inner.collector.got.items[0]?.from, other.collecting.toString());
  const mapped = await startNode(t, { advertiseIp: '192.0.2.1', advertisePort: 7 });
  t.is(mapped.runtime.address, '192.0.2.1:7');
  t.is(mapped.collecting.toString(), 'collector@192.0.2.1:7');
});

test('an address that means nothing to others is refused', async (t) => {
  for (const options of [{ ip: '::' }, { ip: '0:0::0' }, { advertiseIp: 'fe80::1%lo' }, { tcp: false }]) {
    const error = await t.throwsAsync(startNode(t, options), { instanceOf: ProcessError });
    t.is(error.code, 'ADDRESS_INVALID', JSON.stringify(options));
  }
});
