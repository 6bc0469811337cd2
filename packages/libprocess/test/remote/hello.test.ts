import test from 'ava';
import { control, wireVersion } from '../../src/remote/frame.ts';
import { helloEntry, readHello } from '../../src/remote/hello.ts';
import { ProcessError } from '../../src/index.ts';
import type { Entry } from '../../src/remote/frame.ts';

const hello = { address: '127.0.0.1:5050', incarnation: 'first', key: '', resumes: '', nonce: undefined, proofs: [] };

test('a greeting is read as it was written, with what it need not say and without', (t) => {
  const nonce = Uint8Array.of(1, 2);
  for (const more of [{}, { key: 'k' }, { key: 'k', resumes: 'r' }, { key: 'k', nonce, proofs: [nonce] }]) {
    t.deepEqual(readHello(helloEntry({ ...hello, ...more })), { ...hello, ...more });
  }
});

test('whatever is no greeting of this version is refused with HANDSHAKE_FAILED', (t) => {
  const others: (Entry | undefined)[] = [
    undefined,
    [control.welcome],
    ['to', 'from', 'name', 'body'],
    [control.hello, wireVersion + 1, hello.address, hello.incarnation],
  ];
  for (const entry of others) t.throws(() => readHello(entry), { instanceOf: ProcessError, code: 'HANDSHAKE_FAILED' });
});
