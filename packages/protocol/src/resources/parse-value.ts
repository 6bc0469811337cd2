// Values as they are written in flags: `4.5`, `[1-4,6-8]`, `{a,b}`, or text.
import { parsed, unparsable, type Parsed } from '@mesos-ts/flags/parsed';
import type { Value, Value_Range } from '../generated/mesos-v1.ts';
import { intervalsOf, rangesOf } from './intervals.ts';

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const brackets = ['[]', '{}', '()'] as const;

function areBracketsMatched(text: string): boolean {
  return brackets.every((pair) => {
    let open = 0;
    for (const character of text) {
      if (character === pair[0]) open += 1;
      if (character === pair[1]) open -= 1;
      if (open < 0) return false;
    }
    return open === 0;
  });
}

function parseRanges(text: string): Parsed<Value> {
  const tokens = text.split(/[[\]\-,\n]/).filter((token) => token !== '');
  if (tokens.length % 2 !== 0) return unparsable('Expecting one or more "ranges"');
  const ranges: Value_Range[] = [];
  for (let i = 0; i < tokens.length; i += 2) {
    const [begin = '', end = ''] = tokens.slice(i, i + 2);
    const range = { begin: Number(begin), end: Number(end) };
    if (!/^\d+$/.test(begin) || !/^\d+$/.test(end) || !Number.isSafeInteger(range.begin + range.end)) {
      return unparsable(`Expecting non-negative integers in '${begin}-${end}'`);
    }
    if (range.begin > range.end) return unparsable(`Expecting the begin not to be beyond the end in '${begin}-${end}'`);
    ranges.push(range);
  }
  return parsed({ type: 'RANGES', ranges: { range: rangesOf(intervalsOf(ranges)) } });
}

/**
 * Reads a value; blanks are left out of it, as Mesos does. What is no number, no list of ranges and no set is text, and so
 * are negative numbers, which no resource can have.
 */
export function parseValue(text: string): Parsed<Value> {
  const bare = text.replaceAll(' ', '');
  if (bare === '') return unparsable('Expecting non-empty string');
  if (!areBracketsMatched(bare)) return unparsable('Mismatched brackets');
  if (bare.startsWith('[')) return parseRanges(bare);
  if (bare.includes('[')) return unparsable("Unexpected '[' found");
  if (bare.startsWith('{')) {
    const item = bare.split(/[{},\n]/).filter((token) => token !== '');
    return parsed({ type: 'SET', set: { item } });
  }
  if (bare.includes('{')) return unparsable("Unexpected '{' found");
  const number = Number(bare);
  if (decimal.test(bare) && Number.isFinite(number) && number >= 0) {
    return parsed({ type: 'SCALAR', scalar: { value: number } });
  }
  return parsed({ type: 'TEXT', text: { value: bare } });
}
