/** All pages of the reference. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage, type Material } from './api-page.ts';
import { endpointsPage } from './endpoint-pages.ts';
import { exampleText } from './example-text.ts';
import { parts } from './markdown.ts';
import { proseFolder, root } from './paths.ts';
import { Places } from './places.ts';
import { apis, readExamples, type ApiName } from './scenario.ts';
import { readSchema, type SchemaType } from './schema.ts';
import { typeSection } from './types-text.ts';

const generated = '<!-- Made by `npm run reference`: edit the .proto files or reference/, not this. -->';

/** What the pages are made of, as it is on disk. */
export async function readMaterial(): Promise<Material> {
  const schema = await readSchema();
  const prose = readdirSync(proseFolder).map((name): [string, string] => [
    name.replace('.markdown', ''),
    readFileSync(join(proseFolder, name), 'utf8'),
  ]);
  const scenarios = readExamples();
  return {
    schema,
    places: new Places(schema),
    scenarios,
    examples: [...scenarios.values()].flat(),
    prose: new Map(prose),
  };
}

/** The text of every page by its path below `docs/api`. */
export function makePages(material: Material): Map<string, string> {
  const pages = new Map<string, string>([['README.md', withExamples(material)]]);
  for (const api of Object.keys(apis) as ApiName[]) pages.set(`${api}.md`, apiPage(api, material));
  pages.set('endpoints-master.md', endpointsPage('master', material));
  pages.set('endpoints-agent.md', endpointsPage('agent', material));
  for (const [path, text] of typePages(material)) pages.set(path, text);
  return new Map([...pages].map(([path, text]) => [path, parts(generated, text)]));
}

/** The first page: `<!-- examples: NAME -->` stands for those of a scenario, and a program for its text. */
function withExamples({ prose, scenarios }: Material): string {
  return (prose.get('README') ?? '')
    .replaceAll(/<!-- examples: (\S+) -->/g, (_all, name: string) =>
      parts(...(scenarios.get(name) ?? []).map(exampleText)).trimEnd(),
    )
    .replaceAll(/(<!-- (\S+\.ts) -->\n\n```ts\n)\n*(?=```)/g, (_all, head: string, file: string) => {
      return head + readFileSync(join(root, file), 'utf8');
    });
}

/** The types that APIs share, a page for each file of the schema. */
function typePages({ places, prose, schema }: Material): Map<string, string> {
  const byPage = new Map<string, SchemaType[]>();
  for (const type of schema.types.values()) {
    const page = places.pageOf(type);
    if (places.isTold(type) && page.startsWith('types/')) byPage.set(page, [...(byPage.get(page) ?? []), type]);
  }
  const pages = [...byPage].map(([page, types]): [string, string] => [
    page,
    parts(
      `# Types: ${titleOf(page)}`,
      '[API reference](../README.md) · [all types](README.md)',
      ...types.map((type) => typeSection(type, places, page, '##')),
    ),
  ]);
  const index = [...byPage].map(([page, types]) => {
    const links = types.filter(({ fullName }) => /^(?:mesos\.v1|google\.protobuf)(?:\.[a-z_]+)*\.\w+$/.test(fullName));
    const file = page.replace('types/', '');
    return `- [${titleOf(page)}](${file}): ${links.map((type) => places.link(type.fullName, 'types/README.md')).join(', ')}`;
  });
  return new Map([...pages, ['types/README.md', parts(prose.get('types') ?? '', index.join('\n'))]]);
}

function titleOf(page: string): string {
  return page.replace('types/', '').replace('.md', '').replaceAll('_', ' ');
}
