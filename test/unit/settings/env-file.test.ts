import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findCutSecrets } from '../../../src/settings/env-file.js';

/** As the program has them: those of the file, if nothing else is set. */
const linesOf = (text: string, more: Record<string, string> = {}) =>
  findCutSecrets(text, { ...parseEnv(text), ...more }).map(({ setting, line }) => `${setting} ${line}`);

describe('finding secrets of .env that are cut at a #', () => {
  it.each([
    'WOOCOMMERCE_WEBHOOK_SECRET=k3,9#rest of it',
    'WOOCOMMERCE_WEBHOOK_SECRET=#all-of-it',
    'WOOCOMMERCE_WEBHOOK_SECRET = a b # c',
    'export WOOCOMMERCE_WEBHOOK_SECRET=a"b#c"',
  ])('finds %s', (line) => {
    expect(linesOf(`# my settings\n${line}\n`)).toEqual(['WOOCOMMERCE_WEBHOOK_SECRET 2']);
    expect(linesOf(`# my settings\r\n${line}\r\n`)).toEqual(['WOOCOMMERCE_WEBHOOK_SECRET 2']);
  });

  it.each([
    "WOOCOMMERCE_WEBHOOK_SECRET='k3,9#rest'",
    'WOOCOMMERCE_WEBHOOK_SECRET="k3,9#rest"',
    'WOOCOMMERCE_WEBHOOK_SECRET=`k3,9#rest`',
    'WOOCOMMERCE_WEBHOOK_SECRET= "k3#9"',
    'WOOCOMMERCE_WEBHOOK_SECRET= # from the settings of the webhook',
    '#WOOCOMMERCE_WEBHOOK_SECRET=a#b',
    'LOG_LEVEL=info # not debug',
    'WOOCOMMERCE_WEBHOOK_SECRET=plain',
  ])('has nothing to say of %s', (line) => {
    expect(linesOf(line)).toEqual([]);
  });

  it('reports nothing about a line that has no effect', () => {
    const text = 'STRIPE_WEBHOOK_SECRET=a#b\n';
    expect(linesOf(text)).toEqual(['STRIPE_WEBHOOK_SECRET 1']);
    expect(linesOf(text, { STRIPE_WEBHOOK_SECRET: 'of the process' })).toEqual([]);
    expect(linesOf(`${text}STRIPE_WEBHOOK_SECRET=later\n`)).toEqual([]);
  });
});
