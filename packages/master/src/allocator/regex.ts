/** Regular expressions of offer constraints: RE2's syntax, matched in time that grows with the text only, within Mesos's limits. */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Parsed } from '@mesos-ts/protocol';

/** What one regular expression may cost. */
export interface RegexLimits {
  /** In bytes, as RE2 would need them for as many instructions. */
  readonly memoryMax: number;
  /** In instructions of the compiled program. */
  readonly programSizeMax: number;
}

/** Mesos's defaults. */
export const defaultRegexLimits: RegexLimits = { memoryMax: 4096, programSizeMax: 100 };

/** Whether a text, as a whole, is what was asked for. */
export type TextTest = (text: string) => boolean;

/** What RE2 needs for a program (measured with RE2 of 2022), in bytes: for each instruction, and besides. */
const bytesPerInstruction = 12;
const bytesBesides = 648;
/** RE2 counts these besides: it puts a loop before each program, to search with. */
const instructionsBesides = 2;
/** How much larger than the program an estimate may come out before the program is not even made. */
const estimateSlack = 8;
/** RE2 repeats nothing more often than this. */
const timesMax = 1000;
const tooLarge = 'pattern too large - compile failed';

/** RE2's words for what its sister libraries call otherwise. */
const wordsOfRe2: ReadonlyMap<string, string> = new Map([
  ['duplicate capture group name', 'invalid named capture group'],
  ['expression nests too deeply', tooLarge],
  ['invalid named capture', 'invalid named capture group'],
  ['invalid nested repetition operator', 'bad repetition operator'],
  ['invalid or unsupported Perl syntax', 'invalid perl operator'],
  ['invalid repeat count', 'invalid repetition size'],
  ['missing argument to repetition operator', 'no argument for repetition operator'],
  ['missing closing )', 'missing )'],
  ['missing closing ]', 'missing ]'],
  ['trailing backslash at end of expression', 'trailing \\'],
]);

/** Understands a regular expression, or says in Mesos's words why not. */
export function compileRegex(pattern: string, limits: RegexLimits): Parsed<TextTest> {
  const instructionsMax = (limits.memoryMax - bytesBesides) / bytesPerInstruction - instructionsBesides;
  if (pattern.length > limits.memoryMax || estimateProgramSize(pattern) > estimateSlack * (instructionsMax + 1)) {
    return unusable(pattern, tooLarge);
  }
  const regex = compile(pattern);
  if (typeof regex === 'string') return unusable(pattern, regex);
  const size = regex.programSize();
  if (size > instructionsMax) return unusable(pattern, tooLarge);
  const told = size + instructionsBesides;
  if (told > limits.programSizeMax) {
    const most = limits.programSizeMax;
    return {
      error: `Regex '${pattern}' is too complex: program size of ${told} is larger than maximum of ${most} allowed`,
    };
  }
  return { value: (text) => regex.testExact(text) };
}

function unusable(pattern: string, why: string): { readonly error: string } {
  return { error: `Failed to construct regex from pattern '${pattern}': ${why}` };
}

/** The compiled expression, or what is wrong with it. */
function compile(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) return 'unexpected error';
    const code = error.getDescription();
    const words = wordsOfRe2.get(code) ?? code;
    const place: string | null = error.getPattern();
    return place === null || words === tooLarge ? words : `${words}: ${place}`;
  }
}

/**
 * The parts of an expression: plain text between \Q and \E, an escape, a class, how often to repeat, any other character. No part
 * fails when it has begun, so that this reads whatever comes in one go.
 */
const part =
  /\\Q(?<plain>.*?)(?:\\E|$)|\\.?|\[\^?\]?(?:\[:\^?\w+:\]|\\.?|[^\]\\])*(?:\]|$)|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gsu;

/**
 * About how many instructions an expression compiles to, found without compiling it: `((a{99}){99}){99}` is short. What is not
 * well formed counts somehow; the compiler says so.
 */
function estimateProgramSize(pattern: string): number {
  const outer: number[] = [];
  let sum = 0;
  let last = 0;
  for (const { 0: token, groups = {} } of pattern.matchAll(part)) {
    if (token === '(') {
      outer.push(sum);
      [sum, last] = [0, 0];
    } else if (token === ')') {
      last = sum + 2;
      sum = (outer.pop() ?? 0) + last;
    } else if (groups['least'] !== undefined) {
      const wanted = Math.max(Number(groups['least']), Number(groups['most'] ?? 0), 1);
      // More is an error that the compiler has words for.
      const times = wanted > timesMax ? 1 : wanted;
      sum += (times - 1) * last;
      last *= times;
    } else {
      last = groups['plain']?.length ?? 1;
      sum += last;
    }
  }
  return outer.reduce((all, each) => all + each, sum);
}
