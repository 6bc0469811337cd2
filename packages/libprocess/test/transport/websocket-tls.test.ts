import test from 'ava';
import { WebSocketTransport, parseAddress } from '../../src/index.ts';
import { transportSuite } from '../../src/testing/index.ts';
import { Authority } from '../support/certificates.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';
import type { TlsOptions } from '../../src/index.ts';

const ca = await Authority.create();
const identity = await ca.issue({ names: ['127.0.0.1'] });
const tls: TlsOptions = { ...identity, ca: ca.cert, requireClientCert: true };

function setup(): { transport(address?: string): WebSocketTransport } {
  return {
    transport: (address) => new WebSocketTransport({ tls, ...(address === undefined ? {} : parseAddress(address)) }),
  };
}

transportSuite(test, { name: 'WebSocket over TLS with certificates on both sides', setup });
runtimeSuite({ name: 'WebSocket over TLS with certificates on both sides', setup });
