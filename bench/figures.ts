/**
 * Every figure that the bench measures, with its unit and, if one is set, its target.
 */
import { type Summary, summarise } from './statistics.js';

interface Figure {
  readonly label: string;
  readonly unit: Unit;
  readonly atLeast?: number;
  readonly atMost?: number;
}

type Unit = 'times' | 'micros' | 'ms' | 'perSecond' | 'bytes' | 'megabytes';

/** In the order of the tables. */
export const FIGURES = {
  overBatched: { label: 'forwarding, events/s against *batched*', unit: 'times', atLeast: 8 },
  overNaive: { label: 'forwarding against *naive*', unit: 'times', atLeast: 20 },
  overFloor: { label: 'forwarding against *floor*', unit: 'times', atLeast: 0.7 },
  workerCpu: { label: 'worker CPU per event', unit: 'micros', atMost: 14 },
  redisCpu: { label: 'Redis CPU per event, enqueue to settled', unit: 'micros', atMost: 6 },
  manyOverBulk: { label: '`enqueueMany` against `addBulk` of one event a job', unit: 'times', atLeast: 8 },
  together1000: { label: '1000 concurrent `enqueue` against 1000 concurrent `queue.add`', unit: 'times', atLeast: 5 },
  loneRatio: { label: 'a lone `enqueue` against a lone `queue.add`, latency', unit: 'times', atMost: 1.1 },
  intakeRatio: { label: 'intake, one event a request, against the bare route', unit: 'times', atLeast: 0.6 },
  ackMany: {
    label: 'acknowledged by a replica against by the master alone: `enqueueMany`',
    unit: 'times',
    atLeast: 0.7,
  },
  ack64: { label: 'the same, 64 callers of `enqueue`', unit: 'times', atLeast: 0.7 },
  ack10: { label: 'the same, 10 callers of `enqueue`', unit: 'times', atLeast: 0.7 },
  ackIntake: { label: 'the same, intake by 64 connections', unit: 'times', atLeast: 0.7 },
  mapped_ga4: {
    label: 'ga4 purchase with e-mail, phone and name: mapped on one core',
    unit: 'perSecond',
    atLeast: 100_000,
  },
  windowBytes: { label: 'memory in Redis per id in the window, 1,000,000 ids', unit: 'bytes', atMost: 34 },
  queuedRatio: { label: 'Redis bytes per queued event of 500 bytes, against its JSON', unit: 'times', atMost: 1.1 },
  backlogRatio: { label: 'rate at 1,000,000 queued against 10,000 queued', unit: 'times', atLeast: 0.9 },
  backlogResident: { label: 'worker resident memory at 1,000,000 queued', unit: 'megabytes', atMost: 250 },
  latency1: {
    label: 'delivery latency at 1 % load above linger and the sink’s answer time, p99',
    unit: 'ms',
    atMost: 25,
  },

  rateProgram: { label: 'forwarding, the program', unit: 'perSecond' },
  rateFloor: { label: 'forwarding, *floor*', unit: 'perSecond' },
  rateBatched: { label: 'forwarding, *batched*', unit: 'perSecond' },
  rateNaive: { label: 'forwarding, *naive*', unit: 'perSecond' },
  cpuFloor: { label: 'worker CPU per event, *floor*', unit: 'micros' },
  cpuBatched: { label: 'worker CPU per event, *batched*', unit: 'micros' },
  cpuNaive: { label: 'worker CPU per event, *naive*', unit: 'micros' },
  redisForward: { label: 'Redis CPU per event, forwarding alone', unit: 'micros' },
  redisFloor: { label: 'Redis CPU per event, forwarding alone, *floor*', unit: 'micros' },
  redisBatched: { label: 'Redis CPU per event, forwarding alone, *batched*', unit: 'micros' },
  redisNaive: { label: 'Redis CPU per event, forwarding alone, *naive*', unit: 'micros' },
  workerResident: { label: 'worker resident memory while forwarding', unit: 'megabytes' },
  rateMany: { label: '`enqueueMany`, 1000 events a call', unit: 'perSecond' },
  rateBulk: { label: '`addBulk`, 1000 events a call', unit: 'perSecond' },
  producerCpu: { label: 'producer CPU per event, `enqueueMany`', unit: 'micros' },
  bulkCpu: { label: 'producer CPU per event, `addBulk`', unit: 'micros' },
  producerResident: { label: 'producer resident memory after `enqueueMany`', unit: 'megabytes' },
  redisEnqueue: { label: 'Redis CPU per event, `enqueueMany`', unit: 'micros' },
  enqueue1: { label: '`enqueue`, 1 caller', unit: 'perSecond' },
  enqueue10: { label: '`enqueue`, 10 concurrent callers', unit: 'perSecond' },
  enqueue1000: { label: '`enqueue`, 1000 concurrent callers', unit: 'perSecond' },
  add1: { label: '`queue.add`, 1 caller', unit: 'perSecond' },
  add10: { label: '`queue.add`, 10 concurrent callers', unit: 'perSecond' },
  add1000: { label: '`queue.add`, 1000 concurrent callers', unit: 'perSecond' },
  loneEnqueue: { label: 'a lone `enqueue`, p50', unit: 'micros' },
  loneAdd: { label: 'a lone `queue.add`, p50', unit: 'micros' },
  rateIntake: { label: 'intake, requests of one event', unit: 'perSecond' },
  rateBareRoute: { label: 'bare Fastify route, the same requests', unit: 'perSecond' },
  intakeCpu: { label: 'intake CPU per request', unit: 'micros' },
  intakeResident: { label: 'intake resident memory', unit: 'megabytes' },
  mapped_conversion: { label: 'mapped on one core, conversion', unit: 'perSecond' },
  mapped_order: { label: 'mapped on one core, order', unit: 'perSecond' },
  mapped_shopify: { label: 'mapped on one core, shopify', unit: 'perSecond' },
  mapped_woocommerce: { label: 'mapped on one core, woocommerce', unit: 'perSecond' },
  mapped_stripe: { label: 'mapped on one core, stripe', unit: 'perSecond' },
  mapped_csv: { label: 'mapped on one core, csv', unit: 'perSecond' },
  plainKeyBytes: { label: 'memory in Redis per id as a plain key', unit: 'bytes' },
  queuedBytes: { label: 'Redis bytes per queued event of 500 bytes', unit: 'bytes' },
  queuedStockBytes: { label: 'Redis bytes per queued event as a stock BullMQ job', unit: 'bytes' },
  rateSmallBacklog: { label: 'forwarding with 10,000 queued', unit: 'perSecond' },
  rateLargeBacklog: { label: 'forwarding with 1,000,000 queued', unit: 'perSecond' },
  throughRate: { label: 'enqueued, forwarded and settled at the same time', unit: 'perSecond' },
  latency1_p50: { label: 'latency above linger at 1 % load, p50', unit: 'ms' },
  latency1_p999: { label: 'latency above linger at 1 % load, p99.9', unit: 'ms' },
  latency50_p50: { label: 'latency above linger at 50 % load, p50', unit: 'ms' },
  latency50_p99: { label: 'latency above linger at 50 % load, p99', unit: 'ms' },
  latency50_p999: { label: 'latency above linger at 50 % load, p99.9', unit: 'ms' },
  latency90_p50: { label: 'latency above linger at 90 % load, p50', unit: 'ms' },
  latency90_p99: { label: 'latency above linger at 90 % load, p99', unit: 'ms' },
  latency90_p999: { label: 'latency above linger at 90 % load, p99.9', unit: 'ms' },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;

/** Collects what the rounds measure. */
export class Ledger {
  readonly #values = new Map<FigureName, number[]>();

  note(name: FigureName, value: number): void {
    const values = this.#values.get(name) ?? [];
    values.push(value);
    this.#values.set(name, values);
  }

  /** The measured figures, in the order of the tables. */
  results(): Result[] {
    return (Object.keys(FIGURES) as FigureName[]).flatMap((name) => {
      const values = this.#values.get(name);
      if (!values) return [];
      const summary = summarise(values);
      return [{ name, ...summary, rounds: values, verdict: verdictOn(FIGURES[name], summary.median) }];
    });
  }
}

export interface Result extends Summary {
  readonly name: FigureName;
  readonly rounds: readonly number[];
  /** Undefined if there is no target. */
  readonly verdict: 'pass' | 'short' | undefined;
}

function verdictOn({ atLeast, atMost }: Figure, median: number): Result['verdict'] {
  if (atLeast !== undefined) return median >= atLeast ? 'pass' : 'short';
  if (atMost !== undefined) return median <= atMost ? 'pass' : 'short';
  return undefined;
}

export function requiredText(figure: Figure): string {
  if (figure.atLeast !== undefined) return `at least ${withUnit(figure.atLeast, figure.unit)}`;
  if (figure.atMost !== undefined) return `at most ${withUnit(figure.atMost, figure.unit)}`;
  return '';
}

export function withUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'times':
      return `${rounded(value)}x`;
    case 'micros':
      return `${rounded(value)} µs`;
    case 'ms':
      return `${rounded(value)} ms`;
    case 'perSecond':
      return `${rounded(value)}/s`;
    case 'bytes':
      return `${rounded(value)} B`;
    case 'megabytes':
      return `${rounded(value)} MB`;
    default:
      return unit satisfies never;
  }
}

/** Three significant digits. More would be noise. */
function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = Number(Number(value.toPrecision(3)).toFixed(digits));
  return text.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
