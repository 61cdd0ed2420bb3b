/** What Prometheus answers to a panel's queries, as Grafana would ask them with everything chosen. */
import { expand, type Panel } from '../support/dashboard.js';
import type { Prometheus } from '../support/prometheus.js';

interface Point {
  readonly time: number;
  readonly value: number;
}

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Which query of the panel it belongs to. */
  readonly refId: string;
  /** Finite ones only; one, for panels of a single moment. */
  readonly points: readonly Point[];
}

export interface Screen {
  /** How far back the screen looks. */
  readonly seconds: number;
  readonly stepSeconds: number;
  /** What $__rate_interval stands for. */
  readonly rateInterval: string;
}

export async function readPanel(prometheus: Prometheus, panel: Panel, screen: Screen): Promise<Series[]> {
  const found: Series[] = [];
  for (const { refId, expr, legendFormat, instant } of panel.targets ?? []) {
    const query = expand(expr, screen.rateInterval, `${Math.ceil(screen.seconds)}s`);
    if (instant === true) {
      for (const { metric, value } of await prometheus.query(query)) {
        found.push(seriesOf({ metric, values: [value] }, refId, legendFormat));
      }
    } else {
      for (const one of await prometheus.queryRange(query, screen)) found.push(seriesOf(one, refId, legendFormat));
    }
  }
  return found;
}

function seriesOf(
  { metric, values }: { metric: Readonly<Record<string, string>>; values: readonly (readonly [number, string])[] },
  refId: string,
  legend: string,
): Series {
  const name = legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
  const points = values.map(([time, text]) => ({ time, value: Number(text) }));
  return { name, labels: metric, refId, points: points.filter(({ value }) => Number.isFinite(value)) };
}
