/**
 * Reads the first item of a stream. The stream can then still be read from its start.
 */

/** Promise: if the loop over `all` ends early, the stream is closed. */
export async function peek<T>(
  items: AsyncIterable<T>,
): Promise<{ readonly first: T | undefined; readonly all: AsyncGenerator<T> }> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return { first: undefined, all: none() };
  return { first: first.value, all: startingWith(first.value, iterator) };
}

async function* startingWith<T>(first: T, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  let isAtEnd = false;
  try {
    yield first;
    for (;;) {
      const next = await iterator.next();
      isAtEnd = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!isAtEnd) await iterator.return?.();
  }
}

async function* none(): AsyncGenerator<never> {}
