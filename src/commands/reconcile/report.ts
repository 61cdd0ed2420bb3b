/** Prints a pass: a line of JSON, or a table that ends with a line of all counts. */
import { REFUSAL_REASONS } from '../../mapping/refusal.js';
import type { ReconcileCounts } from '../../reconcile/pass.js';
import type { PassReport } from '../../reconcile/reconciler.js';
import { print, printJson, table } from '../output.js';
import type { ReconcileOptions } from './options.js';

export function printPass(report: PassReport, { json, dryRun }: ReconcileOptions): void {
  if (json) {
    printJson(report);
    return;
  }
  const { source, account, since } = report;
  const rows = [
    ['delivered', number(report.delivered), 'duplicates too'],
    ['queued', number(report.queued), 'in flight and waiting too'],
    ['dead letters', number(report.deadLetters), 'capi-forwarder dead-letters list; discarded ones too'],
    ...refusals(report).map(([reason, count]) => [`refused: ${reason}`, number(count), '']),
    [
      'missing',
      number(report.missing),
      dryRun ? 'a dry run: nothing was enqueued' : `${number(report.enqueued)} of them enqueued now`,
    ],
  ];
  print(table([`${source} orders of account ${account}`, number(report.orders), `changed since ${since}`], rows));
  print(countLine(report, dryRun ? 'a dry run: nothing was enqueued' : 'now enqueued'));
}

/** `1,204 orders · 1,186 delivered · 2 queued · 1 dead letter · 12 refused · 3 missing, now enqueued` */
export function countLine(counts: ReconcileCounts, ofMissing = ''): string {
  const refused = refusals(counts);
  const sum = refused.reduce((total, [, count]) => total + count, 0);
  const reasons = refused.map(([reason, count]) => `${reason} ${number(count)}`).join(', ');
  return [
    `${number(counts.orders)} ${counts.orders === 1 ? 'order' : 'orders'}`,
    `${number(counts.delivered)} delivered`,
    `${number(counts.queued)} queued`,
    `${number(counts.deadLetters)} ${counts.deadLetters === 1 ? 'dead letter' : 'dead letters'}`,
    `${number(sum)} refused${reasons === '' ? '' : ` (${reasons})`}`,
    `${number(counts.missing)} missing${counts.missing > 0 && ofMissing !== '' ? `, ${ofMissing}` : ''}`,
  ].join(' · ');
}

function refusals({ refused }: ReconcileCounts): [reason: string, count: number][] {
  return REFUSAL_REASONS.flatMap((reason): [string, number][] => {
    const count = refused[reason];
    return count === undefined ? [] : [[reason, count]];
  });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
