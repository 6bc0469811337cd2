import test from 'ava';
import { Process, Runtime, textResponse } from '../../src/index.ts';
import { PathTable, checkRoutePath } from '../../src/http/path-pattern.ts';
import type { ProcessError } from '../../src/index.ts';

/** Answers with the route that was taken and what its parameters matched. */
class Library extends Process {
  protected override initialize(): void {
    for (const path of [
      '/',
      '/books',
      '/books/:isbn',
      '/books/:isbn/chapters/:chapter',
      '/books/new',
      '/:kind/:isbn/pages',
      '/books/:isbn/chapters/first',
    ]) {
      this.route(path, ({ params }) => textResponse(200, `${path} ${JSON.stringify(params)}`));
    }
    this.route('/typed/:name', ({ params }) => textResponse(200, params.name.toUpperCase()));
  }
}

async function ask(url: string): Promise<string> {
  await using runtime = new Runtime({ delegate: 'library' });
  runtime.spawn(new Library('library'));
  const { body, status } = await runtime.inject({ url });
  return status === 200 ? body.toString() : String(status);
}

test('the longest route wins; of two as long, the one with text at the first difference wins over a parameter', async (t) => {
  t.is(await ask('/books'), '/books {}');
  t.is(await ask('/books/'), '/books {}');
  t.is(await ask('/library/books/0304'), '/books/:isbn {"isbn":"0304"}');
  t.is(await ask('/books/new'), '/books/new {}');
  t.is(await ask('/books/0304/nothing'), '/books/:isbn {"isbn":"0304"}');
  t.is(await ask('/books/0304/chapters'), '/books/:isbn {"isbn":"0304"}');
  t.is(await ask('/books/0304/chapters/3/end'), '/books/:isbn/chapters/:chapter {"isbn":"0304","chapter":"3"}');
  t.is(await ask('/books/0304/chapters/first'), '/books/:isbn/chapters/first {"isbn":"0304"}');
  t.is(await ask('/films/1/pages'), '/:kind/:isbn/pages {"kind":"films","isbn":"1"}');
  t.is(await ask('/films/1'), '404');
  t.is(await ask('/typed/ab'), 'AB');
});

test('parameters arrive decoded, whatever is in them, and never reach a prototype', async (t) => {
  t.is(await ask('/books/a%20b%2Fc'), '/books/:isbn {"isbn":"a b/c"}');
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.is(await ask(`/books/${name}`), `/books/:isbn {"isbn":"${name}"}`);
    const params = new PathTable(new Map([[`/x/:${name}`, 1]])).match('/x/polluted')?.params ?? {};
    t.is(Object.getOwnPropertyDescriptor(params, name)?.value, 'polluted');
    t.is(Object.getPrototypeOf(params), null);
  }
  t.is(({} as Record<string, unknown>)['polluted'], undefined);
  t.is(await ask('/books/%ff'), '400');
});

test('a route that was installed later is found, and one installed again is replaced', async (t) => {
  class Late extends Process {
    add(path: string, answer: string): void {
      this.route(path, () => textResponse(200, answer));
    }
  }
  await using runtime = new Runtime();
  const pid = runtime.spawn(new Late('late'));
  const get = async (url: string): Promise<string> => (await runtime.inject({ url })).body.toString();
  t.is(await get('/late/1'), '404 Not Found.');
  await runtime.dispatch(pid, 'add', ['/:id', 'one']);
  t.is(await get('/late/1'), 'one');
  await runtime.dispatch(pid, 'add', ['/:id', 'other']);
  await runtime.dispatch(pid, 'add', ['/:id/more', 'more']);
  t.is(await get('/late/1'), 'other');
  t.is(await get('/late/1/more'), 'more');
});

test('a path that cannot be a route is refused where it is installed', (t) => {
  for (const path of ['', 'state', '/state/', '//', '/a//b', '/:', '/:1', '/:a-b', '/:id/x/:id']) {
    const error = t.throws<ProcessError>(() => {
      checkRoutePath(path);
    });
    t.is(error.code, 'ROUTE_INVALID', path);
  }
  for (const path of ['/', '/a', '/a.b/c-d', '/:id', '/a:b/:c']) {
    t.notThrows(() => {
      checkRoutePath(path);
    });
  }
});

test('doubled slashes at the begin are one, and nothing that climbs exists', async (t) => {
  t.is(await ask('//books'), '/books {}');
  t.is(await ask('///library//books'), '/books {}');
  for (const url of ['/books/..', '/books/../books', '/library/../library/books', '/books/%2e%2e/books', '/..']) {
    t.is(await ask(url), '404', url);
  }
});
