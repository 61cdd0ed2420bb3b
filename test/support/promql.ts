/**
 * What the lint of dashboards and rules needs to know of PromQL: which series an expression selects, and in which
 * functions. Parsed with Prometheus's own grammar.
 */
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { LEDGER_FIELDS } from '../../src/queue/queue.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { setTotal } from '../../src/telemetry/set-total.js';

interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

interface Selector {
  readonly text: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** `5m` of `[5m]`. Undefined for an instant value. */
  readonly range: string | undefined;
  /** Functions and aggregations around it, the innermost first. */
  readonly within: readonly string[];
}

export interface KnownMetric {
  /** Parts of a histogram count as counters. */
  readonly type: string;
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Ours, the process's, and Prometheus's own. Recorded series have colons in their names. */
const METRIC = /^((capi|process|nodejs)_\w+|up|ALERTS)$/;

/** @throws if it is not PromQL, except for Grafana's variables for durations */
export function selectorsOf(expr: string): Selector[] {
  const { tree, read } = parse(expr);
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`);
    },
  });
  return findSelectors(tree, read);
}

/** The selectors in the code of a page, most of which is not PromQL. */
export function selectorsIn(page: string): Selector[] {
  return [...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => {
    const { tree, read } = parse(code);
    return findSelectors(tree, read);
  });
}

type Read = (node: { readonly from: number; readonly to: number }) => string;

/** A variable stands for a duration. A duration of the same length replaces it, so that positions in the text stay. */
function parse(expr: string): { tree: Tree; read: Read } {
  const filled = expr.replaceAll(/\$__(?:rate_interval|range)\b/g, (variable) => '5m'.padEnd(variable.length));
  return { tree: parser.parse(filled), read: ({ from, to }) => expr.slice(from, to) };
}

function findSelectors(tree: Tree, read: Read): Selector[] {
  const found: Selector[] = [];
  tree.iterate({
    enter: ({ name, node }) => {
      if (name !== 'VectorSelector') return;
      const identifier = node.getChild('Identifier');
      const metric = identifier ? read(identifier) : '';
      if (!METRIC.test(metric)) return;
      const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
        label: textOf(matcher, 'LabelName', read),
        operator: textOf(matcher, 'MatchOp', read),
        value: textOf(matcher, 'StringLiteral', read).slice(1, -1),
      }));
      const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
      const range = matrix && /\[([^\]]*)\]/.exec(read({ from: node.to, to: matrix.to }))?.[1];
      found.push({ text: read(node), name: metric, matchers, range, within: callsAround(node, read) });
    },
  });
  return found;
}

function textOf(node: SyntaxNode, child: string, read: Read): string {
  const found = node.getChild(child);
  return found ? read(found) : '';
}

function callsAround(node: SyntaxNode, read: Read): string[] {
  const names: string[] = [];
  for (let around = node.parent; around; around = around.parent) {
    const name = textOf(around, 'FunctionIdentifier', read) || textOf(around, 'AggregateOp', read);
    if (name !== '') names.push(name);
  }
  return names;
}

/** The series that a process exports once it has read Redis, by name; and Prometheus's own series of a scrape. */
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
