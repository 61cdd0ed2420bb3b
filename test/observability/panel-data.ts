/** Prometheus's answers to a panel's queries, as Grafana would send them with every value selected. */
import { expand, type Panel } from '../support/dashboard.js';
import type { Prometheus } from '../support/prometheus.js';

export interface Screen {
  /** The time range of the screen. */
  readonly seconds: number;
  readonly stepSeconds: number;
  /** The value of $__rate_interval. */
  readonly rateInterval: string;
}

/** @returns the finite values of all series of the panel; one each for an instant panel */
export async function readPanel(prometheus: Prometheus, panel: Panel, screen: Screen): Promise<number[]> {
  const found: number[] = [];
  for (const { expr, instant } of panel.targets ?? []) {
    const query = expand(expr, screen.rateInterval, `${Math.ceil(screen.seconds)}s`);
    const texts =
      instant === true
        ? (await prometheus.query(query)).map(({ value: [, text] }) => text)
        : (await prometheus.queryRange(query, screen)).flatMap(({ values }) => values.map(([, text]) => text));
    found.push(...texts.map(Number).filter(Number.isFinite));
  }
  return found;
}
