import test from 'ava';
import { MemoryNetwork } from '../../src/index.ts';
import { transportSuite } from '../../src/testing/index.ts';
import { runtimeSuite } from '../support/runtime-suite.ts';

function setup(): { transport: MemoryNetwork['transport'] } {
  const network = new MemoryNetwork();
  return { transport: (address) => network.transport(address) };
}

transportSuite(test, { name: 'memory', setup });
runtimeSuite({ name: 'memory', setup });
