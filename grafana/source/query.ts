/**
 * Queries as the dashboards write them: every series narrowed by the dashboard's variables, here and nowhere else.
 *
 * What Redis holds is the same number at every replica, so it is taken once (`max by`), never summed over replicas.
 */

const PROCESS = 'job=~"$job", instance=~"$instance"';
const ACCOUNT = `${PROCESS}, account=~"$account"`;

export const RATE = '[$__rate_interval]';
export const RANGE = '[$__range]';

/** Series of the chosen accounts. @param more further matchers, such as `outcome="delivered"` */
export function ofAccounts(metric: string, more = ''): string {
  return `${metric}{${ACCOUNT}${more && `, ${more}`}}`;
}

/** Series of the chosen processes that have no account. */
export function ofProcesses(metric: string, more = ''): string {
  return `${metric}{${PROCESS}${more && `, ${more}`}}`;
}

/** A second's worth of a counter, by these labels. */
export function ratePer(labels: string, metric: string, more = ''): string {
  return `sum by (${labels}) (rate(${ofAccounts(metric, more)}${RATE}))`;
}

/** A minute's worth of a counter, by these labels: for what is rare or for people who think in minutes. */
export function perMinute(labels: string, metric: string, more = ''): string {
  return `${ratePer(labels, metric, more)} * 60`;
}

/** What counters gained in the whole time on the screen. */
export function gainOfRange(metric: string, more = ''): string {
  return `sum(increase(${ofAccounts(metric, more)}${RANGE}))`;
}

/** A state that Redis holds, once for each of these labels. */
export function shared(labels: string, metric: string, more = ''): string {
  return `max by (${labels}) (${ofAccounts(metric, more)})`;
}

/** What a counter that the ledger keeps gained in the whole time on the screen. */
export function sharedGainOfRange(metric: string, more = ''): string {
  return `sum(max by (account) (increase(${ofAccounts(metric, more)}${RANGE})))`;
}

export function quantile(share: number, metric: string, labels = 'le'): string {
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${ofAccounts(`${metric}_bucket`)}${RATE})))`;
}

export function quantileOfRange(share: number, metric: string): string {
  return `histogram_quantile(${share}, sum by (le) (increase(${ofAccounts(`${metric}_bucket`)}${RANGE})))`;
}

/** The share of a histogram's events up to a bucket's bound. Prometheus 3 writes 300.0 for 300. */
export function shareWithin(seconds: number, metric: string, interval: string): string {
  const within = `sum(increase(${ofAccounts(`${metric}_bucket`, `le=~"${seconds}(\\\\.0)?"`)}${interval}))`;
  return `${within} / (sum(increase(${ofAccounts(`${metric}_count`)}${interval})) > 0)`;
}

/** How old a moment is that 0 stands for "none" in; 0 for none. */
export function ageOf(metric: string): string {
  const series = ofAccounts(metric);
  return `max by (account) ((time() - ${series}) * (${series} > bool 0))`;
}
