/** `--dry-run`: what an operation would do, with counts and samples. */
import type { OperationOrder } from '../../dead-letters/operations/operation.js';
import { type Plan, planReplay } from '../../dead-letters/operations/plan.js';
import type { MappingContext } from '../../mapping/context.js';
import { wereDelivered } from '../../queue/account-state.js';
import { visibleText } from '../../telemetry/visible-text.js';
import { ageOf, print, printJson } from '../output.js';
import { type Opened, shown } from './options.js';

export async function printPlan(
  { store, connection }: Opened,
  { filter, corrections, max }: OperationOrder,
  { context, verb, json }: { context: MappingContext; verb: 'replayed' | 'discarded'; json: boolean },
): Promise<number> {
  const plan = await planReplay(store, filter, {
    corrections,
    context,
    wereDelivered: (ids) => wereDelivered(store.account, connection, ids),
    lookAtMost: max,
  });
  if (json) return printJson({ ...plan, samples: plan.samples.map(shown) });
  for (const line of linesOf(plan, verb, context)) print(visibleText(line));
  return 0;
}

function linesOf(plan: Plan, verb: 'replayed' | 'discarded', { nowMs, maxEventAgeHours }: MappingContext): string[] {
  const { count, lookedAt, oldestMs, samples, refusals } = plan;
  const counted = lookedAt < count ? `${lookedAt} of ${count} letters` : `${count}`;
  const oldest = oldestMs === undefined ? '' : `, the oldest ${ageOf(oldestMs, nowMs)} old`;
  const replayOnly: [number, string][] = [
    [plan.refused, 'stay: the correction makes no event of them, or they could not be read'],
    [plan.pastAgeLimit, `are older than ${maxEventAgeHours} hours: they would come back as expired`],
    [plan.deliveredSince, 'were delivered since: they would count as duplicates'],
  ];
  const parts: [number, string][] = [
    ...(verb === 'replayed' ? replayOnly : []),
    [plan.maybeDelivered, 'are maybe delivered: a send ended without an answer; Amazon counts an id once'],
  ];
  return [
    `${counted} would be ${verb}${oldest}`,
    ...parts.flatMap(([number, what]) => (number === 0 ? [] : [`  ${number} ${what}`])),
    ...(verb === 'replayed' ? refusals.map(({ id, why }) => `  ${id} stays: ${why}`) : []),
    ...samples.map(({ id, reason, answer }) => `  ${id} ${reason} ${answer.code ?? ''} ${answer.message ?? ''}`),
  ];
}
