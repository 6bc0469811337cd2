import test from 'ava';
import { WebSocketTransport, parseAddress } from '../../src/index.ts';
import { transportSuite } from '../../src/testing/index.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';

function setup(): { transport(address?: string): WebSocketTransport } {
  return { transport: (address) => new WebSocketTransport(address === undefined ? {} : parseAddress(address)) };
}

transportSuite(test, { name: 'WebSocket', setup });
runtimeSuite({ name: 'WebSocket', setup });
