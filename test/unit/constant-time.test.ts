import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..', '..', 'src');
const read = (file: string) => readFileSync(join(SRC, file), 'utf8');

it.each(['console/tokens.ts', 'producer/http/api-keys.ts', 'producer/http/webhooks/signature.ts'])(
  '%s compares what strangers send in constant time',
  (file) => expect(read(file)).toMatch(/timingSafeEqual\(/),
);

it('nothing else compares a secret, or the digest of one, byte by byte', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const compared = /\b(?:secret|apiKey|signature|hmac)\w*(?:\.digest)?\s*[!=]==?\s*(?!undefined|null|'')\w|\.equals\(/i;
  const offenders = files.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => compared.test(line) && !/^\s*(?:\*|\/\/)/.test(line) && !/\.length\b/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(offenders).toEqual([]);
});
