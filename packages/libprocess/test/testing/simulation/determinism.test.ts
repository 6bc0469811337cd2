import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const program = fileURLToPath(new URL('../../support/print-trace.js', import.meta.url));

async function traceFrom(node: string): Promise<string> {
  return (await promisify(execFile)(node, [program], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

test('the same seed gives the same trace, byte for byte, in two OS processes', async (t) => {
  const [one, two] = await Promise.all([traceFrom(process.execPath), traceFrom(process.execPath)]);
  t.true(one.length > 100_000);
  t.true(one === two);
});

// The path of a Node.js of another version; without it this is skipped, and the report says so.
const other = process.env['OTHER_NODE'];
const withOther = other === undefined ? test.skip : test;

withOther('the same seed gives the same trace, byte for byte, under the Node.js that OTHER_NODE names', async (t) => {
  const [here, there] = await Promise.all([traceFrom(process.execPath), traceFrom(other ?? '')]);
  t.true(here.length > 100_000);
  t.true(here === there);
});
