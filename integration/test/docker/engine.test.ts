import test from 'ava';
import { isEngineRequired } from '../../src/docker/engine.ts';

test('an engine is required on a build server and where somebody asks for it, else not', (t) => {
  for (const env of [{ CI: 'true' }, { CI: '1' }, { MESOS_REQUIRE_DOCKER: '1' }]) t.true(isEngineRequired(env));
  for (const env of [{}, { CI: '' }, { CI: 'false' }, { MESOS_REQUIRE_DOCKER: '0' }]) t.false(isEngineRequired(env));
});
