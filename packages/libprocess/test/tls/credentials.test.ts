import { generateKeyPairSync } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ProcessError } from '../../src/index.ts';
import { certificateWarnings, loadCredentials } from '../../src/tls/credentials.ts';
import { Authority, store } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { TlsOptions } from '../../src/index.ts';

async function refusal(options: TlsOptions): Promise<string> {
  return loadCredentials(options).then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProcessError ? `${error.code}: ${error.message}` : String(error)),
  );
}

test('whatever cannot be used is refused with the name of the file and what is wrong with it', async (t) => {
  const folder = await temporaryFolder(t);
  const ca = await Authority.create();
  const good = await store(folder, 'good', await ca.issue());
  const other = await store(folder, 'other', await ca.issue());
  const rubbish = join(folder, 'rubbish');
  await writeFile(rubbish, 'no PEM at all');
  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  });
  await writeFile(join(folder, 'encrypted.key'), encrypted.privateKey);
  await mkdir(join(folder, 'empty'));
  const cases: readonly (readonly [TlsOptions, RegExp])[] = [
    [{}, /it needs a certificate/],
    [{ certFile: good.certFile }, /it needs the certificate's key/],
    [{ ...good, cert: 'x' }, /both cert and certFile/],
    [{ ...good, key: 'x' }, /both key and keyFile/],
    [{ ...good, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, /no version of TLS is left/],
    [{ ...good, verificationDepth: -1 }, /verificationDepth must be 0 or more/],
    [{ ...good, certFile: join(folder, 'nowhere') }, /certificate '.*nowhere' cannot be read: ENOENT/],
    [{ ...good, certFile: rubbish }, /certificate '.*rubbish' is not a certificate in PEM format/],
    [{ ...good, keyFile: join(folder, 'nowhere') }, /key '.*nowhere' cannot be read/],
    [{ ...good, keyFile: rubbish }, /key '.*rubbish' cannot be used/],
    [{ ...good, keyFile: other.keyFile }, /key '.*other\.key' is not that of the certificate '.*good\.pem'/],
    [{ ...good, keyFile: join(folder, 'encrypted.key') }, /encrypted\.key' is encrypted, and there is no passphrase/],
    [{ ...good, caFile: join(folder, 'nowhere') }, /CA file '.*nowhere' cannot be read/],
    [{ ...good, caFile: rubbish }, /CA file '.*rubbish' has no certificate/],
    [{ ...good, ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, /ca is not a certificate/],
    [{ ...good, caDir: join(folder, 'nowhere') }, /CA directory '.*nowhere' cannot be read/],
    [{ ...good, caDir: join(folder, 'empty') }, /CA directory '.*empty' has no certificate/],
    [{ ...good, ciphers: 'NO-SUCH-CIPHER' }, /ciphers 'NO-SUCH-CIPHER' are refused/],
    [{ ...good, ecdhCurves: 'no-such-curve' }, /curves 'no-such-curve' are refused/],
  ];
  for (const [options, reason] of cases) {
    const text = await refusal(options);
    t.regex(text, reason);
    t.regex(text, /^TLS_INVALID: TLS cannot be used: /);
  }
  t.is(await refusal(good), 'accepted');
});

test('CAs come from a text, a file, and every certificate of a folder, whatever else lies there', async (t) => {
  const folder = await temporaryFolder(t);
  const [one, two, three] = [await Authority.create('1'), await Authority.create('2'), await Authority.create('3')];
  const identity = await one.issue();
  const caDir = join(folder, 'cas');
  await mkdir(join(caDir, 'deeper'), { recursive: true });
  await writeFile(join(caDir, 'two.crt'), two.cert);
  await writeFile(join(caDir, 'README'), 'not a certificate');
  await symlink(join(folder, 'gone'), join(caDir, 'dangling.0'));
  await writeFile(join(folder, 'three.pem'), three.cert);
  const { options } = await loadCredentials({ ...identity, ca: one.cert, caFile: join(folder, 'three.pem'), caDir });
  t.deepEqual(options.ca, [one.cert, three.cert, two.cert]);
});

test('a certificate that is no longer or not yet valid is used with a warning', async (t) => {
  const ca = await Authority.create();
  const now = Date.now();
  const of = async (hours: readonly [number, number]): Promise<string[]> =>
    certificateWarnings(await loadCredentials(await ca.issue({ hours })), now);
  t.deepEqual(await of([-1, 1]), []);
  t.regex((await of([-2, -1])).join(''), /has expired on/);
  t.regex((await of([1, 2])).join(''), /is not valid before/);
});
