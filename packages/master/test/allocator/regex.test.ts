import test from 'ava';
import fc from 'fast-check';
import { compileRegex, defaultRegexLimits } from '../../src/allocator/regex.ts';
import { settingsOf, masterFlags } from '../../src/flags.ts';
import { loadFlags } from '@mesos-ts/flags';
import { SeededRandom } from '@mesos-ts/libprocess';

function errorOf(pattern: string, limits = defaultRegexLimits): string | undefined {
  return compileRegex(pattern, limits).error;
}

/** The limits that a command line sets. */
function load(...argv: string[]): unknown {
  const loaded = loadFlags(masterFlags, { argv, program: 'mesos-master' });
  return loaded.kind === 'loaded' ? settingsOf(loaded.flags).regexLimits : loaded;
}

test('what is no regular expression is refused in the words of RE2', (t) => {
  // As RE2 of 2022-06-01 answers.
  const errors = {
    '(': 'missing ): (',
    'a)': 'unexpected ): a)',
    '[a-d': 'missing ]: [a-d',
    'a**': 'bad repetition operator: **',
    'a{1000}{2}': 'bad repetition operator: {1000}{2}',
    '\\8': 'invalid escape sequence: \\8',
    'a{1001}': 'invalid repetition size: {1001}',
    'a{2,1}': 'invalid repetition size: {2,1}',
    '(?=a)': 'invalid perl operator: (?=',
    '(?z)a': 'invalid perl operator: (?z',
    '(?P=n)': 'invalid perl operator: (?P',
    '\\pX': 'invalid character class range: \\pX',
    '[z-a]': 'invalid character class range: z-a',
    '[[:foo:]]': 'invalid character class range: [:foo:]',
    '*': 'no argument for repetition operator: *',
    '\\': 'trailing \\',
    '(?P<n>a)(?P<n>b)': 'invalid named capture group: n',
  };
  for (const [pattern, error] of Object.entries(errors)) {
    t.is(errorOf(pattern), `Failed to construct regex from pattern '${pattern}': ${error}`);
  }
});

test('an expression is as large as RE2 says, and is refused when that is too much', (t) => {
  // Sizes, and the least memory that is enough, as RE2 of 2022-06-01 tells.
  const sizes: readonly [string, number, number][] = [
    ['rack-(1|2|3)', 12, 792],
    ['host-[0-9]{1,4}\\.example\\.com', 28, 984],
    ['a{150}', 154, 2496],
    ['a{260}', 264, 3816],
  ];
  for (const [pattern, programSizeMax, memoryMax] of sizes) {
    t.is(errorOf(pattern, { programSizeMax, memoryMax }), undefined, pattern);
    t.is(
      errorOf(pattern, { programSizeMax: programSizeMax - 1, memoryMax }),
      `Regex '${pattern}' is too complex: program size of ${programSizeMax} is larger than maximum of ${programSizeMax - 1} allowed`,
    );
    t.is(
      errorOf(pattern, { programSizeMax, memoryMax: memoryMax - 1 }),
      `Failed to construct regex from pattern '${pattern}': pattern too large - compile failed`,
    );
  }
  t.is(errorOf('(a+){10}'), undefined);
  t.is(
    errorOf('(a+){50}'),
    "Regex '(a+){50}' is too complex: program size of 204 is larger than maximum of 100 allowed",
  );
  t.is(errorOf('(a+){500}'), "Failed to construct regex from pattern '(a+){500}': pattern too large - compile failed");
});

test('an expression that would be huge is refused without being made', (t) => {
  for (const pattern of [
    'a'.repeat(5000),
    '\\pL{1000}'.repeat(400),
    `(?:${'a'.repeat(3000)}){1000}`,
    '(((((a{9}){9}){9}){9}){9})',
    '[a-z]{900}'.repeat(300),
    '\\Qabc\\E{999}x{999}y{999}',
    '('.repeat(1500) + ')'.repeat(1500),
  ]) {
    t.regex(errorOf(pattern) ?? '', /: (pattern too large - compile failed|invalid repetition size: .*)$/);
  }
});

test('matching takes time that grows with the text, not with how often it could be matched', (t) => {
  const { value: matches } = compileRegex('(?:x+x+)+y', defaultRegexLimits);
  t.false(matches?.('x'.repeat(200_000)), 'a backtracking matcher never comes to an end here');
  t.true(matches?.(`${'x'.repeat(200_000)}y`));
});

test('20,000 damaged expressions are understood or refused, none throws', (t) => {
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const random = new SeededRandom(seed);
  const parts = [
    'a',
    'é',
    '😀',
    '(',
    ')',
    '[',
    ']',
    '[^',
    '[:alpha:]',
    '{',
    '}',
    '{3}',
    '{1000}',
    '{2,}',
    '{,3}',
    '|',
    '*',
    '+',
    '?',
  ];
  parts.push('\\', '\\d', '\\pL', '\\Q', '\\E', '(?i', '(?P<n>', '^', '$', '.', '\ud800', '\n', '-', '\\x{41}', "'");
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + Math.floor(random.next() * 12);
    const pattern = Array.from({ length }, () => parts[Math.floor(random.next() * parts.length)]).join('');
    const { error, value } = compileRegex(pattern, defaultRegexLimits);
    if (value !== undefined) t.is(typeof value('aé😀\n'), 'boolean');
    else if (!error.includes(pattern)) t.fail(pattern);
  }
  t.pass();
});

test('the limits are flags, with the defaults of Mesos', (t) => {
  t.deepEqual(load(), { memoryMax: 4096, programSizeMax: 100 });
  t.deepEqual(load('--offer_constraints_re2_max_mem=1MB', '--offer_constraints_re2_max_program_size=7'), {
    memoryMax: 1_048_576,
    programSizeMax: 7,
  });
});
