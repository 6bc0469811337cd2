import test from 'ava';
import { StandaloneContender, StandaloneDetector } from '../src/standalone.ts';
import { electionSuite, testMasterInfo } from '../src/testing/suite.ts';

electionSuite(test, {
  name: 'standalone',
  isFixed: true,
  use: (work) => {
    const info = testMasterInfo(1);
    return work({
      master: () =>
        Promise.resolve({ info, contender: new StandaloneContender(), detector: new StandaloneDetector(info) }),
      observer: () => Promise.resolve(new StandaloneDetector(info)),
    });
  },
});

test('nobody leads until somebody is appointed', async (t) => {
  await using detector = new StandaloneDetector();
  const waiting = detector.detect();
  detector.appoint(testMasterInfo(2));
  t.is((await waiting)?.id, 'master-2');
  detector.appoint(undefined);
  t.is(await detector.detect(testMasterInfo(2)), undefined);
});
