import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import test from 'ava';
import { calls, unseenEvents } from '../src/calls.ts';
import { at } from '../src/json.ts';
import { anchorOf } from '../src/markdown.ts';
import { makePages, readMaterial } from '../src/pages.ts';
import { pagesFolder } from '../src/paths.ts';
import { apis, type ApiName } from '../src/scenario.ts';

const material = await readMaterial();
const pages = makePages(material);
const names = Object.keys(apis) as ApiName[];

function types(api: ApiName, of: 'Call' | 'Event'): string[] {
  const name = `${apis[api].package}.${of}.Type`;
  if (!material.schema.types.has(name)) return [];
  return material.schema
    .enum(name)
    .values.map((value) => value.name)
    .filter((value) => value !== 'UNKNOWN');
}

test('the pages are what the schema and the examples make', (t) => {
  const found = readdirSync(pagesFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(pagesFolder, join(entry.parentPath, entry.name)));
  t.deepEqual(found.toSorted(), [...pages.keys()].toSorted());
  for (const [path, text] of pages) {
    t.true(
      readFileSync(join(pagesFolder, path), 'utf8') === text,
      `docs/api/${path} is out of date: npm run reference`,
    );
  }
});

for (const api of names) {
  test(`every call of the ${api} API is described, and has an example`, (t) => {
    t.deepEqual(Object.keys(calls[api]).toSorted(), types(api, 'Call').toSorted());
    for (const type of types(api, 'Call')) {
      const examples = material.examples.filter((each) => each.api === api && each.of === type);
      const statuses = new Set(examples.map(({ answer }) => answer?.status));
      const isDone = statuses.has(200) || statuses.has(202);
      // What is answered is said to be, and what is not yet is refused by 501, or cannot get as far as that.
      t.is(isDone, !statuses.has(501) && calls[api][type]?.isLater === undefined, type);
      const text = pages.get(`${api}.md`) ?? '';
      const section = text.slice(text.indexOf(`\n### ${type}\n`)).split('\n### ')[1] ?? '';
      t.regex(section, new RegExp(`^${type}\n\n[A-Z]`), `${type} has no description`);
    }
  });

  test(`every event of the ${api} API is described, and has an example or a reason why not`, (t) => {
    const text = pages.get(`${api}.md`) ?? '';
    t.is(types(api, 'Event').length > 0, api !== 'agent');
    for (const type of types(api, 'Event')) {
      const isShown = material.examples.some(
        (each) =>
          each.api === api &&
          [...(each.answer?.events ?? []), ...(each.followed?.events ?? [])].some(
            (event) => at(event, '/type') === type,
          ),
      );
      t.is(isShown, unseenEvents[`${api} ${type}`] === undefined, type);
      const section = text.slice(text.indexOf(`\n### ${type} (event)\n`)).split('\n### ')[1] ?? '';
      t.regex(section, /^.*\n\n[A-Z]/, `${type} has no description`);
    }
  });
}

test('every message, field and value that the pages tell of is described', (t) => {
  // What Linux, its networks and storage plugins have names for means here what it means there; UNKNOWN is what is not told.
  const known = /statistics\.proto |\.(?:Capability|RLimit\.Type|AccessMode\.Mode|Network|Blkio\b.*)\.\w+$|\.UNKNOWN$/;
  const silent: string[] = [];
  for (const type of material.schema.types.values()) {
    if (!material.places.isTold(type)) continue;
    // The fields of a call, an event and an answer are told of where these are.
    const isWhole = /\.(?:Call|Event|Response)(?:\.Type)?$/.test(type.fullName);
    const parts = isWhole ? [] : type.kind === 'message' ? type.fields : type.values;
    const isOfWhole = /\.(?:Call|Event|Response)\.\w+$/.test(type.fullName);
    const all = [...(isOfWhole ? [] : [{ name: '', comment: type.comment }]), ...parts];
    silent.push(
      ...all.flatMap(({ comment, name }) => {
        const path = `${type.fullName}.${name}`;
        return comment === undefined && !known.test(`${type.file} ${path}`) && !known.test(path) ? [path] : [];
      }),
    );
  }
  t.deepEqual(silent, [], 'Say what it is in a comment above it in the .proto file');
});

test('every endpoint of version 0 has an example', (t) => {
  for (const daemon of ['master', 'agent'] as const) {
    const text = pages.get(`endpoints-${daemon}.md`) ?? '';
    const sections = text.split(/^## /m).slice(1);
    t.true(sections.length > 10);
    for (const section of sections) t.true(section.includes('\ncurl '), section.split('\n')[0]);
  }
});

test('every link leads to a heading that is there', (t) => {
  const anchors = new Map(
    [...pages].map(([path, text]) => {
      const headings = [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      t.deepEqual(
        headings.filter((heading, index) => headings.indexOf(heading) !== index),
        [],
        `${path} has two headings of one name`,
      );
      return [path, new Set(headings)];
    }),
  );
  for (const [path, text] of pages) {
    for (const [, target = '', anchor] of withoutBlocks(text).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      if (/^https?:/.test(target)) continue;
      const page = target === '' ? path : posix.join(posix.dirname(path), target);
      if (page.startsWith('..')) continue;
      t.true(pages.has(page), `${path} -> ${target}`);
      if (anchor !== undefined) t.true(anchors.get(page)?.has(anchor), `${path} -> ${target}#${anchor}`);
    }
  }
});

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
