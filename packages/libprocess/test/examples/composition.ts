import { Mutex, Process, Queue, Runtime, Semaphore, Sequence, after } from '@mesos-ts/libprocess';

class Crawler extends Process {
  readonly #connections = new Semaphore(2);
  readonly #file = new Mutex();
  readonly #log = new Sequence();
  #busy = 0;
  busyMax = 0;

  async crawl(page: string): Promise<void> {
    // Two at a time, the others wait in line, and those who wait are let go when this actor ends.
    const text = await this.#connections.run(() => this.#fetch(page), { signal: this.lifetime });
    {
      // Held over awaits, and given back at the end of the block, whatever happens in it.
      using _lock = await this.#file.lock({ signal: this.lifetime });
      await Promise.resolve();
    }
    // One after the other, in the order of asking.
    await this.#log.add(() => {
      console.log(text);
    });
  }

  async #fetch(page: string): Promise<string> {
    this.busyMax = Math.max(this.busyMax, ++this.#busy);
    await after(this.runtime.clock, 1);
    this.#busy--;
    return `read ${page}`;
  }
}

await using runtime = new Runtime();
const crawler = new Crawler();
const pid = runtime.spawn(crawler);

// Whoever puts waits while there is no room; whoever reads waits while there is nothing.
const pages = new Queue<string>({ itemsMax: 2 });
const crawled: Promise<void>[] = [];
const reading = (async () => {
  for await (const page of pages) crawled.push(runtime.dispatch(pid, 'crawl', [page]));
})();
for (const page of ['/a', '/b', '/c', '/d']) await pages.put(page);
pages.close();
await reading;
await Promise.all(crawled);
console.log('at a time:', crawler.busyMax);
