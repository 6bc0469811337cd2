import { MemoryNetwork, WebSocketTransport, createTrust, parseAddress } from '../../src/index.ts';
import { Authority } from '../support/certificates.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';
import type { TlsOptions, Transport } from '../../src/index.ts';

const ca = await Authority.create();
const tls: TlsOptions = { ...(await ca.issue({ names: ['127.0.0.1'] })), ca: ca.cert, requireClientCert: true };
const secrets = ['a secret that is long enough'];

// What runtimes promise each other does not depend on trust, whichever.
runtimeSuite({
  name: 'memory, with a secret and dial-back',
  setup: () => new MemoryNetwork(),
  options: { trust: createTrust({ secrets }) },
});
runtimeSuite({
  name: 'WebSocket, with a secret and dial-back',
  setup: (): { transport(address?: string): Transport } => ({
    transport: (address) => new WebSocketTransport(address === undefined ? {} : parseAddress(address)),
  }),
  options: { trust: createTrust({ secrets }) },
});
runtimeSuite({
  name: 'WebSocket over TLS, with a secret, dial-back and certificates',
  setup: (): { transport(address?: string): Transport } => ({
    transport: (address) => new WebSocketTransport({ tls, ...(address === undefined ? {} : parseAddress(address)) }),
  }),
  options: { trust: createTrust({ secrets, certificates: true }) },
});
