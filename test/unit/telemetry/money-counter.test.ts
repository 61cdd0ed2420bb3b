import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { MoneyCounter } from '../../../src/telemetry/money-counter.js';

function open() {
  const registry = new Registry();
  const combinations = [{ currency: 'EUR' }, { currency: 'USD' }];
  const labelNames = ['currency'];
  const counter = new MoneyCounter({ name: 'value_total', help: 'Value.', registry, labelNames, combinations });
  return { registry, counter };
}

it('counts a hundred thousand sales of 0.10 as 10000, where floating point would drift', async () => {
  const { registry, counter } = open();
  for (let sale = 0; sale < 100_000; sale += 1) counter.add({ currency: 'EUR' }, 0.1);
  counter.add({ currency: 'USD' }, 129.9);
  const text = await registry.metrics();
  expect(text).toContain('value_total{currency="EUR"} 10000\n');
  expect(text).toContain('value_total{currency="USD"} 129.9\n');
});

it('only rises: a refund is no sale', async () => {
  const { registry, counter } = open();
  counter.add({ currency: 'EUR' }, 5);
  counter.add({ currency: 'EUR' }, -5);
  expect(await registry.metrics()).toContain('value_total{currency="EUR"} 5\n');
});

it('begins a series that was not there at its start with its first amount', async () => {
  const { registry, counter } = open();
  expect(await registry.metrics()).not.toContain('XXX');
  counter.add({ currency: 'XXX' }, 1);
  expect(await registry.metrics()).toContain('value_total{currency="XXX"} 1\n');
});
