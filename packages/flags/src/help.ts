import type { Flag } from './flag.ts';
import { helpFlag, type FlagTable } from './table.ts';

/** How help is laid out. */
export interface HelpOptions {
  readonly program?: string;
  readonly usage?: string;
  readonly about?: string;
  readonly columns?: number;
}

const columnsDefault = 100;
/** Below this, wrapped text is a ribbon; the line is then too long for the terminal instead. */
const textColumnsMin = 30;
/** A longer name pushes its help to the next line rather than the whole column to the right. */
const nameColumnsMax = 34;
const gap = 2;

/** Prints what a program is, how it is called, and all its flags in order of their names with help and default. */
export function formatHelp(table: FlagTable, options: HelpOptions = {}): string {
  const columns = options.columns ?? columnsDefault;
  const rows = Object.entries({ ...table, help: helpFlag }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = rows.map(([name, row]) => nameColumn(name, row));
  const indent = Math.min(Math.max(...names.map((name) => name.length)), nameColumnsMax) + gap;
  const margin = ' '.repeat(indent);
  const lines = rows.flatMap(([, row], index) => {
    const name = names[index] ?? '';
    const text = wrap(helpColumn(row), Math.max(columns - indent, textColumnsMin)).map((line) => margin + line);
    if (name.length + gap > indent) text.unshift(name);
    else text[0] = name + (text[0] ?? '').slice(name.length);
    return text;
  });
  return [
    `Usage: ${options.program ?? 'mesos'} ${options.usage ?? '[options]'}`,
    '',
    ...(options.about === undefined ? [] : [...wrap(options.about, columns), '']),
    ...lines,
    '',
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

function nameColumn(name: string, row: Flag<unknown>): string {
  const names = row.alias === undefined ? [name] : [name, row.alias];
  return `  ${names.map((each) => (row.isBoolean ? `--[no-]${each}` : `--${each}=${row.placeholder}`)).join(', ')}`;
}

function helpColumn(row: Flag<unknown>): string {
  const note = noteOf(row);
  if (note === '') return row.help;
  return row.help === '' || row.help.endsWith('\n') ? row.help + note : `${row.help} ${note}`;
}

function noteOf(row: Flag<unknown>): string {
  if (row.isRequired) return '(required)';
  return row.default === undefined ? '' : `(default: ${row.print(row.default)})`;
}

/** Breaks a text at spaces; line breaks and the leading spaces of a line (examples, lists) are kept. */
function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    const wrapped: string[] = [];
    let current = indent;
    for (const word of line.slice(indent.length).split(' ')) {
      if (current.trim() !== '' && current.length + 1 + word.length > columns) {
        wrapped.push(current);
        current = indent + word;
      } else {
        current = current.trim() === '' ? indent + word : `${current} ${word}`;
      }
    }
    wrapped.push(current);
    return wrapped;
  });
}
