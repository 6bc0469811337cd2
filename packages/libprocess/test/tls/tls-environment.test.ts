import test from 'ava';
import { ProcessError, tlsFromEnvironment } from '../../src/index.ts';
import type { TlsOptions } from '../../src/index.ts';

const files = { LIBPROCESS_SSL_CERT_FILE: '/c.pem', LIBPROCESS_SSL_KEY_FILE: '/k.pem' };
const enabled = { LIBPROCESS_SSL_ENABLED: 'true', ...files };

function read(env: Readonly<Record<string, string>>): TlsOptions | undefined {
  return tlsFromEnvironment(env).tls;
}

function set(name: string, value: string): TlsOptions {
  return read({ ...enabled, [`LIBPROCESS_SSL_${name}`]: value }) ?? {};
}

function warnings(env: Readonly<Record<string, string>>): string {
  return tlsFromEnvironment({ ...enabled, ...env }).warnings.join('\n');
}

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    tlsFromEnvironment(env);
  } catch (error) {
    return error instanceof ProcessError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'accepted';
}

test('without LIBPROCESS_SSL_ENABLED there is no TLS, whatever else is set', (t) => {
  t.is(read({}), undefined);
  t.is(read({ ...files, LIBPROCESS_SSL_ENABLED: 'false', LIBPROCESS_SSL_VERIFY_CERT: 'rubbish' }), undefined);
  t.is(read({ ...files, LIBPROCESS_SSL_ENABLED: '0' }), undefined);
});

test("the defaults are Mesos's, with TLS 1.3 on top and the ciphers of Node.js", (t) => {
  t.deepEqual(read(enabled), {
    certFile: '/c.pem',
    keyFile: '/k.pem',
    verificationDepth: 4,
    verifyServerCert: false,
    requestClientCert: false,
    requireClientCert: false,
    hostnameValidation: 'legacy',
    verifyIp: false,
    supportDowngrade: false,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  });
});

test('every variable of Mesos has its effect', (t) => {
  t.is(set('CA_FILE', '/ca').caFile, '/ca');
  t.is(set('CA_DIR', '/ca').caDir, '/ca');
  t.is(set('CIPHERS', 'A:B').ciphers, 'A:B');
  t.is(set('ECDH_CURVES', 'P-256').ecdhCurves, 'P-256');
  t.is(set('VERIFICATION_DEPTH', '7').verificationDepth, 7);
  t.true(set('VERIFY_SERVER_CERT', '1').verifyServerCert);
  t.true(set('VERIFY_CERT', 'true').verifyServerCert);
  t.true(set('VERIFY_IPADD', 'true').verifyIp);
  t.true(set('SUPPORT_DOWNGRADE', 'true').supportDowngrade);
  t.is(set('HOSTNAME_VALIDATION_SCHEME', 'openssl').hostnameValidation, 'openssl');
  t.is(set('ENABLE_TLS_V1_3', 'false').maxVersion, 'TLSv1.2');
  t.is(set('ENABLE_TLS_V1_2', 'false').minVersion, 'TLSv1.3');
});

test('requiring certificates of clients implies verifying those of servers', (t) => {
  for (const name of ['REQUIRE_CLIENT_CERT', 'REQUIRE_CERT']) {
    const tls = read({ ...enabled, [`LIBPROCESS_SSL_${name}`]: 'true' });
    t.deepEqual([tls?.requireClientCert, tls?.verifyServerCert], [true, true], name);
  }
});

const refused: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
  'a switch that is neither true nor false': [
    { LIBPROCESS_SSL_VERIFY_CERT: 'yes' },
    /LIBPROCESS_SSL_VERIFY_CERT must be true, 1, false or 0, got 'yes'/,
  ],
  'an ENABLED that is neither': [{ LIBPROCESS_SSL_ENABLED: 'on' }, /LIBPROCESS_SSL_ENABLED must be/],
  'no certificate': [{ LIBPROCESS_SSL_CERT_FILE: '' }, /needs a certificate: set LIBPROCESS_SSL_CERT_FILE/],
  'no key': [{ LIBPROCESS_SSL_KEY_FILE: '' }, /needs a key: set LIBPROCESS_SSL_KEY_FILE/],
  'SSL 3': [{ LIBPROCESS_SSL_ENABLE_SSL_V3: 'true' }, /ENABLE_SSL_V3 is true, but only TLS 1\.2 and newer/],
  'TLS 1.0': [{ LIBPROCESS_SSL_ENABLE_TLS_V1_0: '1' }, /ENABLE_TLS_V1_0 is true, but only TLS 1\.2 and newer/],
  'TLS 1.1': [{ SSL_ENABLE_TLS_V1_1: 'true' }, /^ENVIRONMENT_INVALID: SSL_ENABLE_TLS_V1_1 is true/],
  'no version at all': [
    { LIBPROCESS_SSL_ENABLE_TLS_V1_2: 'false', LIBPROCESS_SSL_ENABLE_TLS_V1_3: 'false' },
    /both disabled/,
  ],
  'a scheme that there is not': [
    { LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: 'strict' },
    /must be legacy or openssl, got 'strict'/,
  ],
  'a depth that is no number': [{ LIBPROCESS_SSL_VERIFICATION_DEPTH: '-1' }, /must be a number, got '-1'/],
};

for (const [title, [variables, reason]] of Object.entries(refused)) {
  test(`${title} is refused with the name of the variable`, (t) => {
    const text = refusal({ ...enabled, ...variables });
    t.regex(text, reason);
    t.regex(text, /^ENVIRONMENT_INVALID/);
  });
}

test('the old prefix SSL_ is read where the new one is not set, and both are told apart in warnings', (t) => {
  const { tls, warnings: said } = tlsFromEnvironment({
    SSL_ENABLED: '1',
    SSL_CERT_FILE: '/old.pem',
    SSL_KEY_FILE: '/old.key',
    LIBPROCESS_SSL_KEY_FILE: '/new.key',
    SSL_CERT_DIR: '/etc/ssl/certs',
  });
  t.deepEqual([tls?.certFile, tls?.keyFile], ['/old.pem', '/new.key']);
  t.regex(said.join('\n'), /SSL_CERT_FILE is deprecated: use LIBPROCESS_SSL_CERT_FILE/);
  t.regex(said.join('\n'), /SSL_KEY_FILE differs from LIBPROCESS_SSL_KEY_FILE/);
  t.false(said.join('\n').includes('SSL_CERT_DIR'));
});

test("the names that Mesos's documents use by mistake mean the same", (t) => {
  const tls = read({
    ...enabled,
    LIBPROCESS_SSL_ECDH_CURVE: 'P-384',
    LIBPROCESS_SSL_VERIFY_DEPTH: '2',
    LIBPROCESS_SSL_ENABLE_DOWNGRADE: 'true',
  });
  t.deepEqual([tls?.ecdhCurves, tls?.verificationDepth, tls?.supportDowngrade], ['P-384', 2, true]);
});

test('what weakens the protection, and what has no effect, is said in warnings', (t) => {
  t.regex(warnings({}), /Certificates of servers are not verified/);
  t.regex(warnings({ LIBPROCESS_SSL_SUPPORT_DOWNGRADE: '1' }), /connections without TLS are accepted/);
  t.regex(warnings({ LIBPROCESS_SSL_SUPPORT_DOWNGRADE: '1', LIBPROCESS_SSL_VERIFY_SERVER_CERT: '1' }), /evade/);
  t.regex(
    warnings({ LIBPROCESS_SSL_REQUIRE_CLIENT_CERTS: '1' }),
    /REQUIRE_CLIENT_CERTS is not known and has no effect/,
  );
  const openssl = { LIBPROCESS_SSL_VERIFY_SERVER_CERT: '1', LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: 'openssl' };
  t.regex(warnings(openssl), /VERIFY_IPADD=true/);
  t.is(warnings({ ...openssl, LIBPROCESS_SSL_VERIFY_IPADD: '1' }), '');
});
