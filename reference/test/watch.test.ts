// Runs what the page says of WebSockets and TLS, on a cluster with TLS.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Cluster } from '../src/cluster.ts';
import { pagesFolder } from '../src/paths.ts';

const run = promisify(execFile);
const missing = ['openssl version', 'curl --version'].find(
  (command) => spawnSync(command, { shell: true }).status !== 0,
);
const where = missing === undefined ? test : test.skip;
const why = missing === undefined ? '' : ` (this machine has no ${missing.split(' ')[0]})`;

where(`over TLS, a WebSocket brings what the page says, and curl is answered so${why}`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-watch-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const [ca, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  const subject = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await run('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', ca]);
  await using cluster = await Cluster.start(
    { name: 'watched', steps: [] },
    {
      LIBPROCESS_SSL_ENABLED: 'true',
      LIBPROCESS_SSL_CA_FILE: ca,
      LIBPROCESS_SSL_CERT_FILE: ca,
      LIBPROCESS_SSL_KEY_FILE: key,
      LIBPROCESS_SSL_VERIFY_SERVER_CERT: 'true',
      LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: 'openssl',
      LIBPROCESS_SSL_VERIFY_IPADD: 'true',
    },
  );
  const master = cluster.url('master');
  t.true(master.startsWith('https://'), master);
  const page = readFileSync(join(pagesFolder, 'README.md'), 'utf8');

  const program = fileURLToPath(new URL('../src/watch.js', import.meta.url));
  const { stdout } = await run(process.execPath, [program, master], { env: { NODE_EXTRA_CA_CERTS: ca } });
  t.is(stdout, /watch\.ts` prints\n\n```text\n([^]*?)```/.exec(page)?.[1] ?? '');
  // Who does not know the CA is told nothing.
  await t.throwsAsync(run(process.execPath, [program, master], { env: {} }), { message: /There are no events/ });

  const [, command = '', answer = ''] = /```sh\n(curl -i --cacert[^]*?)```\s+```http\n([^]*?)```/.exec(page) ?? [];
  const line = command.replace('https://127.0.0.1:5050', master).replace('ca.pem', ca);
  const answered = await run('sh', ['-c', line]);
  const lines = answered.stdout.trim().split(/\r?\n/);
  for (const each of answer.trim().split('\n')) t.true(lines.includes(each), `${each} in ${answered.stdout}`);
});
