import test from 'ava';
import { BodyPipe, Process, ProcessError, Runtime } from '../../src/index.ts';

async function text(pipe: BodyPipe): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of pipe) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

test('a pipe is read in the pieces in which it was written, before and after its end; empty ones do not count', async (t) => {
  const pipe = new BodyPipe();
  t.true(pipe.write('one'));
  t.true(pipe.write(''));
  t.true(pipe.write(Buffer.from('two')));
  t.is(pipe.bufferedBytes, 6);
  t.true(pipe.end());
  t.false(pipe.end());
  t.false(pipe.write('late'));
  t.deepEqual(await text(pipe), ['one', 'two']);
  await pipe.readerClosed;
});

test('a read waits for the next write, and for the end', async (t) => {
  const pipe = new BodyPipe();
  const reader = pipe[Symbol.asyncIterator]();
  const first = reader.next();
  t.true(pipe.write('x'));
  t.is(pipe.bufferedBytes, 0);
  t.deepEqual(await first, { done: false, value: new TextEncoder().encode('x') });
  const second = reader.next();
  pipe.end();
  t.deepEqual(await second, { done: true, value: undefined });
});

test('a writer that waits for what it wrote to be read goes on when it was, or never will be', async (t) => {
  const pipe = new BodyPipe();
  await pipe.drained();
  pipe.write('a');
  pipe.write('b');
  const reader = pipe[Symbol.asyncIterator]();
  let isDrained = false;
  const drained = pipe.drained().then(() => {
    isDrained = true;
  });
  await reader.next();
  t.false(isDrained);
  await reader.next();
  await drained;
  pipe.write('c');
  const again = pipe.drained();
  await reader.return?.();
  await again;
});

test('a reader that leaves is told to the writer, whose writes are lost from then on', async (t) => {
  const pipe = new BodyPipe();
  pipe.write('unread');
  const reader = pipe[Symbol.asyncIterator]();
  const pending = reader.next();
  await pending;
  await reader.return?.();
  await pipe.readerClosed;
  t.false(pipe.write('x'));
  t.is(pipe.bufferedBytes, 0);
  t.false(pipe.end());
});

test('a failure reaches the reader behind what was written', async (t) => {
  const pipe = new BodyPipe();
  pipe.write('a');
  t.true(pipe.fail(new Error('broken')));
  t.false(pipe.fail(new Error('again')));
  const reader = pipe[Symbol.asyncIterator]();
  t.false((await reader.next()).done);
  await t.throwsAsync(reader.next(), { message: 'broken' });
  const waiting = new BodyPipe();
  const read = waiting[Symbol.asyncIterator]().next();
  waiting.fail(new Error('later'));
  await t.throwsAsync(read, { message: 'later' });
});

test('what is written once, and long, may be let wait beside the rest', (t) => {
  const pipe = new BodyPipe({ bytesMax: 10 });
  pipe.allow(1_000);
  t.true(pipe.write('x'.repeat(1_000)));
  t.true(pipe.write('1234567890'));
  t.false(pipe.write('!'));
});

test('a reader that is too far behind is given up: what waits is dropped and the pipe fails', async (t) => {
  const pipe = new BodyPipe({ bytesMax: 10 });
  t.true(pipe.write('12345'));
  t.true(pipe.write('67890'));
  t.false(pipe.write('!'));
  t.is(pipe.bufferedBytes, 0);
  const error = await t.throwsAsync(text(pipe));
  t.is(error instanceof ProcessError ? error.code : error, 'HTTP_READER_SLOW');
  t.throws(() => pipe[Symbol.asyncIterator]());
});

class Clockwork extends Process {
  readonly pipe = new BodyPipe();

  protected override initialize(): void {
    this.route('/ticks', () => ({ status: 200, body: this.pipe }));
  }
}

test('a stream of an injected request is read piece by piece, and its writer hears that the reader has left', async (t) => {
  await using runtime = new Runtime();
  const clockwork = new Clockwork('clockwork');
  runtime.spawn(clockwork);
  const { body, status } = await runtime.injectStream({ url: '/clockwork/ticks' });
  t.is(status, 200);
  clockwork.pipe.write('tick');
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    t.is(Buffer.from(piece).toString(), 'tick');
    break;
  }
  await clockwork.pipe.readerClosed;
  t.false(clockwork.pipe.write('tock'));
});
