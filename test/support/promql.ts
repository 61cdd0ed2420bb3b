/**
 * As much of PromQL as the lint of dashboards and rules needs: which series an expression selects. That it is PromQL
 * at all is for Prometheus to say (test/system/observing.test.ts).
 */

import { LEDGER_FIELDS } from '../../src/queue/queue.js';
import { Metrics, setTotal } from '../../src/telemetry/metrics.js';

interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

interface Selector {
  readonly text: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** What stands before and after it in the expression. */
  readonly before: string;
  readonly after: string;
}

export interface KnownMetric {
  /** Parts of a histogram count as counters. */
  readonly type: string;
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

const SELECTOR = /(?<!:)\b((?:capi|process|nodejs)_\w+|up|ALERTS)\b(?!:)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;

export function selectorsOf(expr: string): Selector[] {
  return [...expr.matchAll(SELECTOR)].map((found) => {
    const [text, name = '', inside = ''] = found;
    const matchers = [...inside.matchAll(MATCHER)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    }));
    return { text, name, matchers, before: expr.slice(0, found.index), after: expr.slice(found.index + text.length) };
  });
}

/** The series that a process exports once it has read Redis, by name; and Prometheus's own of a scrape. */
export async function knownMetrics(): Promise<Map<string, KnownMetric>> {
  const metrics = new Metrics(['default']);
  const account = { account: 'default' };
  for (const entry of LEDGER_FIELDS) setTotal(metrics.ledgerEvents, { ...account, entry }, 0);
  setTotal(metrics.deadLettersReplayed, account, 0);
  setTotal(metrics.deadLettersDiscarded, account, 0);
  setTotal(metrics.redisEvictedKeys, {}, 0);
  const known = new Map<string, { type: string; labels: Map<string, Set<string>> }>();
  known.set('up', { type: 'gauge', labels: new Map() });
  known.set('ALERTS', { type: 'gauge', labels: new Map([['alertstate', new Set(['pending', 'firing'])]]) });
  for (const { name, type, values } of await metrics.registry.getMetricsAsJSON()) {
    const isHistogram = String(type) === 'histogram';
    const names = isHistogram ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
    const labels = new Map<string, Set<string>>();
    for (const value of values) {
      for (const [label, text] of Object.entries(value.labels)) {
        labels.set(label, (labels.get(label) ?? new Set()).add(String(text)));
      }
    }
    for (const one of names) known.set(one, { type: isHistogram ? 'counter' : String(type), labels });
  }
  return known;
}
