import test from 'ava';
import { ProcessError, transportOptionsFromEnvironment } from '../../src/index.ts';

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    transportOptionsFromEnvironment(env);
  } catch (error) {
    return error instanceof ProcessError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'accepted';
}

test("LIBPROCESS_IP, PORT, ADVERTISE_IP and ADVERTISE_PORT are the transport's addresses", (t) => {
  t.deepEqual(
    transportOptionsFromEnvironment({
      LIBPROCESS_IP: '0.0.0.0',
      LIBPROCESS_PORT: '0',
      LIBPROCESS_ADVERTISE_IP: '2001:DB8:0::1',
      LIBPROCESS_ADVERTISE_PORT: '5050',
    }),
    { options: { ip: '0.0.0.0', port: 0, advertiseIp: '2001:db8::1', advertisePort: 5050 }, warnings: [] },
  );
});

test('what is not set is not there', (t) => {
  t.deepEqual(transportOptionsFromEnvironment({}).options, {});
});

test('TLS and its warnings come along', (t) => {
  const { options, warnings } = transportOptionsFromEnvironment({
    LIBPROCESS_SSL_ENABLED: '1',
    LIBPROCESS_SSL_CERT_FILE: '/c',
    LIBPROCESS_SSL_KEY_FILE: '/k',
  });
  t.is(options.tls?.certFile, '/c');
  t.is(warnings.length, 1);
});

test('a value that is no IP address or no port is refused with the name of the variable', (t) => {
  t.is(
    refusal({ LIBPROCESS_IP: 'localhost' }),
    "ENVIRONMENT_INVALID: LIBPROCESS_IP must be an IP address, got 'localhost'",
  );
  t.regex(refusal({ LIBPROCESS_ADVERTISE_IP: '10.0.0.256' }), /LIBPROCESS_ADVERTISE_IP must be an IP address/);
  t.regex(refusal({ LIBPROCESS_PORT: '65536' }), /LIBPROCESS_PORT must be a port, 0 to 65535, got '65536'/);
  t.regex(refusal({ LIBPROCESS_PORT: '-1' }), /LIBPROCESS_PORT/);
  t.regex(refusal({ LIBPROCESS_PORT: '' }), /LIBPROCESS_PORT must be a port, 0 to 65535, got ''/);
  t.regex(refusal({ LIBPROCESS_IP: '' }), /LIBPROCESS_IP must be an IP address, got ''/);
  t.regex(refusal({ LIBPROCESS_PORT: '5050x' }), /LIBPROCESS_PORT/);
  t.regex(refusal({ LIBPROCESS_ADVERTISE_PORT: '0' }), /LIBPROCESS_ADVERTISE_PORT must be a port, 1 to 65535, got '0'/);
});
