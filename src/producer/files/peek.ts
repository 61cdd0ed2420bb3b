/**
 * A look at the first item of a stream, which is then read from its start as if nobody had looked.
 */

/** Promises that leaving `all` early closes the stream beneath it. */
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
