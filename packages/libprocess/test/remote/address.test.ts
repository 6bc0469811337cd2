import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { ipVersion } from '../../src/remote/address.ts';

// Texts near enough to addresses that both answers are common.
const nearly = fc
  .array(
    fc.constantFrom('::', ':', '.', '0', '1', '25', '255', '256', '01', 'a', 'fFfF', '12345', 'g', '%', 'eth0', ' '),
    {
      maxLength: 18,
    },
  )
  .map((parts) => parts.join(''));

test("a text is an IP address exactly when Node's isIP says so", (t) => {
  const same = (text: string): void => {
    t.is(ipVersion(text), isIP(text) as 0 | 4 | 6, JSON.stringify(text));
  };
  for (const text of [
    '',
    '0.0.0.0',
    '255.255.255.255',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.',
    '01.2.3.4',
    '::',
    '::1',
    '1::',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    'fe80::1%',
    '%eth0',
  ]) {
    same(text);
  }
  fc.assert(fc.property(fc.oneof(nearly, fc.ipV4(), fc.ipV6()), same), { numRuns: 5_000 });
});
