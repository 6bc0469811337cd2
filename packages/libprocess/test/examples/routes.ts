import {
  BodyPipe,
  HelpProcess,
  Process,
  Runtime,
  WebSocketTransport,
  jsonResponse,
  readJson,
  textResponse,
} from '@mesos-ts/libprocess';

class Library extends Process {
  readonly #books = new Map([['1984', 'Orwell']]);
  readonly #listeners = new Set<BodyPipe>();

  protected override initialize(): void {
    this.route('/books/:title', ({ params }) => this.#book(params.title), {
      methods: ['GET'],
      help: 'Shows who has written a book.',
    });
    this.route(
      '/books',
      async (request) => {
        const book = (await readJson(request, 4_096)) as { title: string; author: string };
        this.#books.set(book.title, book.author);
        for (const listener of this.#listeners) listener.write(`${book.title}\n`);
        return jsonResponse(book, { status: 201 });
      },
      { methods: ['POST'], help: 'Adds a book.', bodyBytesMax: 4_096 },
    );
    this.route('/news', () => this.#news(), { methods: ['GET'], help: 'Tells of each new book.' });
  }

  #book(title: string) {
    const author = this.#books.get(title);
    return author === undefined ? textResponse(404, `no ${title} here`) : jsonResponse({ title, author });
  }

  /** An answer without end. It is written as fast as its reader reads, and is over when the reader leaves. */
  #news() {
    const pipe = new BodyPipe();
    this.#listeners.add(pipe);
    void pipe.readerClosed.then(() => this.#listeners.delete(pipe));
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: pipe };
  }
}

await using runtime = await new Runtime({ transport: new WebSocketTransport(), delegate: 'library' }).start();
runtime.spawn(new Library('library'));
runtime.spawn(new HelpProcess());
const site = `http://${runtime.address}`;

async function show(path: string, options: RequestInit = {}): Promise<void> {
  const response = await fetch(site + path, options);
  console.log(response.status, (await response.text()).split('\n')[0]);
}

await show('/library/books/1984');
await show('/books/Emma'); // The delegate's routes are also those of the root.
await show('/books/1984', { method: 'DELETE' });
await show('/books', { method: 'POST', body: '{"title":' });

const news = await fetch(`${site}/news`);
const reader = news.body?.pipeThrough(new TextDecoderStream()).getReader();
await show('/books', { method: 'POST', body: JSON.stringify({ title: 'Emma', author: 'Austen' }) });
console.log('news:', (await reader?.read())?.value?.trim());
await reader?.cancel();

const help = await fetch(`${site}/help/library/books`, { headers: { 'user-agent': 'curl' } });
console.log((await help.text()).split('\n').find((line) => line.includes('Adds')));
