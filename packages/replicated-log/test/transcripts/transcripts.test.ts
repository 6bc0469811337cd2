import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Transcript } from './transcript.ts';

// The compiled test stands in dist, the scenarios beside its source.
const folder = fileURLToPath(new URL('../../../test/transcripts', import.meta.url));

/** A scenario with what comes of its commands now. */
function replay(text: string): string {
  const transcript = new Transcript();
  const blocks = text.split(/\n{2,}/).map((block) => {
    const lines = block.trim().split('\n');
    const rule = lines.indexOf('----');
    const commands = rule < 0 ? lines : lines.slice(0, rule);
    const outcome = transcript.run(commands.filter((line) => line !== '' && !line.startsWith('#')));
    if (rule < 0 && outcome.length === 0) return commands.join('\n');
    return [...commands, '----', ...outcome].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

for (const name of names) {
  test(`${basename(name, '.txt').replaceAll('-', ' ')}: what replicas do is what the transcript says`, (t) => {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const now = replay(text);
    // To take over what they do now: UPDATE=1, and look at the difference.
    if (process.env['UPDATE'] === '1') writeFileSync(path, now);
    else t.is(now, text);
    t.regex(now, /----\n./);
  });
}
