import test from 'ava';
import fc from 'fast-check';

// For the test of `npm run fuzz`; its name keeps it out of `npm test`.
test('no seed is 12', (t) => {
  fc.assert(
    fc.property(fc.nat(), () => {
      t.not(fc.readConfigureGlobal()?.seed, 12);
    }),
  );
});
