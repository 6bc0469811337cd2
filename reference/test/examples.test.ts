// Runs the examples that the pages show, and compares what they are answered.
import test from 'ava';
import { readExamples, readScenarios } from '../src/scenario.ts';
import { runScenario } from '../src/run.ts';

const recorded = readExamples();

for (const scenario of readScenarios()) {
  test.serial(`the examples of ${scenario.name} are answered as the pages show`, async (t) => {
    const examples = await runScenario(scenario);
    const shown = recorded.get(scenario.name) ?? [];
    const hint = 'Where the new answer is right: npm run reference -- --record';
    t.deepEqual(
      examples.map(({ name }) => name),
      shown.map(({ name }) => name),
      hint,
    );
    for (const [index, example] of examples.entries()) t.deepEqual(example, shown[index], `${example.name}. ${hint}`);
    t.is(new Set(examples.map(({ name }) => name)).size, examples.length, 'each has a name of its own');
  });
}
