import test from 'ava';
import {
  executorRunPath,
  executorVirtualPath,
  latestAgentPath,
  latestExecutorRunPath,
  validatePathIds,
} from '../src/paths.ts';

const ids = { agentId: 'S0', frameworkId: 'F', executorId: 'E', containerId: 'C' };

test('directories are laid out as Mesos lays them out', (t) => {
  t.is(executorRunPath('/w', ids), '/w/slaves/S0/frameworks/F/executors/E/runs/C');
  t.is(latestExecutorRunPath('/w', ids), '/w/slaves/S0/frameworks/F/executors/E/runs/latest');
  t.is(latestAgentPath('/w'), '/w/slaves/latest');
  t.is(executorVirtualPath('F', 'E'), '/frameworks/F/executors/E/runs/latest');
});

test('ids that would lead elsewhere are refused', (t) => {
  t.is(validatePathIds(ids), undefined);
  for (const bad of ['..', '.', 'a/b', 'a\\b', '', 'a\0b', 'x'.repeat(256)]) {
    t.regex(validatePathIds({ ...ids, executorId: bad }) ?? '', /^Invalid executor id: /);
  }
  t.is(validatePathIds({ ...ids, containerId: 'latest' }), "Invalid id: 'latest' is disallowed");
  t.is(validatePathIds({ ...ids, executorId: 'latest' }), undefined);
});
