import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PID, transportOptionsFromEnvironment } from '@mesos-ts/libprocess';
import { bodies } from './bodies.ts';
import { forkChild } from './child.ts';
import { EchoBench } from './echo-bench.ts';
import type { Environment } from '@mesos-ts/libprocess';
import type { Benchmark, Suite } from './benchmark.ts';
import type { RemoteServer } from './echo-bench.ts';

/** Actors of two OS processes over loopback with TLS and certificates on both sides, against the same without. */
export const tls: Suite = {
  name: 'tls',
  start: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mesos-bench-'));
    const variables = await certificates(folder);
    const [secured, plain] = [await start(variables), await start({})];
    const compared = (name: string, run: (bench: EchoBench) => Promise<number>, unit: string): Benchmark => ({
      name: `${name}, TLS`,
      against: 'without TLS',
      target: 0.5,
      unit,
      subject: () => run(secured.bench),
      baseline: () => run(plain.bench),
    });
    const exchanges = (count: number, outstanding: number, size: keyof typeof bodies): Benchmark =>
      compared(
        `remote ping-pong, ${outstanding} outstanding, ${size}`,
        (bench) => bench.pingPong(count, outstanding, bodies[size]),
        'exchanges',
      );
    const stream = (count: number, window: number, size: keyof typeof bodies): Benchmark =>
      compared(`remote one-way stream, ${size}`, (bench) => bench.stream(count, window, bodies[size]), 'messages');
    return {
      benchmarks: [
        exchanges(10_000, 1, '100 B'),
        exchanges(250_000, 250, '100 B'),
        exchanges(50_000, 250, '10 KB'),
        stream(500_000, 10_000, '100 B'),
        stream(200_000, 2_000, '1 KB'),
        stream(40_000, 500, '10 KB'),
      ],
      stop: async () => {
        await Promise.all([secured.stop(), plain.stop()]);
        await rm(folder, { recursive: true });
      },
    };
  },
};

interface Ends {
  readonly bench: EchoBench;
  readonly stop: () => Promise<void>;
}

/** An echo in an OS process of its own, and this one's end, both by the same variables. */
async function start(variables: Environment): Promise<Ends> {
  const child = forkChild('remote-server.js', [], variables);
  const [told] = (await once(child, 'message')) as [RemoteServer];
  const bench = await EchoBench.connect(PID.parse(told.echo), transportOptionsFromEnvironment(variables).options);
  const stop = async (): Promise<void> => {
    await bench.close();
    child.disconnect();
  };
  return { bench, stop };
}

/** Makes a certificate that is its own CA, and answers the variables by which both ends use it. */
async function certificates(folder: string): Promise<Environment> {
  const [cert, key, config] = ['node.pem', 'node.key', 'config'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(
    config,
    '[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=bench\n[ext]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE\n',
  );
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-config', config, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return {
    LIBPROCESS_SSL_ENABLED: 'true',
    LIBPROCESS_SSL_CERT_FILE: cert,
    LIBPROCESS_SSL_KEY_FILE: key,
    LIBPROCESS_SSL_CA_FILE: cert,
    LIBPROCESS_SSL_REQUIRE_CLIENT_CERT: 'true',
    LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: 'openssl',
    LIBPROCESS_SSL_VERIFY_IPADD: 'true',
  };
}
