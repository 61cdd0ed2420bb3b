/**
 * What is run and how large. `--quick` takes a minute or two, for work on the code. Published figures come from the
 * full form. `--smoke` takes seconds and shows only that everything runs.
 */
import { parseArgs } from 'node:util';

const SECTIONS = [
  'forwarding',
  'enqueueing',
  'intake',
  'acknowledging',
  'mapping',
  'memory',
  'backlog',
  'latency',
] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Sizes {
  readonly rounds: number;
  /** Events of one run: the program and the floor, the batched rival, the naive one. */
  readonly forwarded: { readonly program: number; readonly batched: number; readonly naive: number };
  /** Events that one calling process enqueues by calls of a thousand, through our library and through BullMQ. */
  readonly filled: { readonly ours: number; readonly stock: number };
  readonly loneCalls: number;
  /** Calls of each number of concurrent callers. */
  readonly togetherCalls: number;
  readonly requests: number;
  readonly mappingSeconds: number;
  readonly queuedEvents: number;
  readonly windowIds: number;
  readonly backlog: { readonly small: number; readonly bursts: number; readonly large: number; readonly timed: number };
  readonly latencySeconds: number;
}

const FULL: Sizes = {
  rounds: 5,
  forwarded: { program: 300_000, batched: 40_000, naive: 20_000 },
  filled: { ours: 200_000, stock: 40_000 },
  loneCalls: 3_000,
  togetherCalls: 30_000,
  requests: 40_000,
  mappingSeconds: 2,
  queuedEvents: 100_000,
  windowIds: 1_000_000,
  backlog: { small: 10_000, bursts: 12, large: 1_000_000, timed: 300_000 },
  latencySeconds: 15,
};

const QUICK: Sizes = {
  rounds: 3,
  forwarded: { program: 150_000, batched: 20_000, naive: 8_000 },
  filled: { ours: 100_000, stock: 20_000 },
  loneCalls: 1_500,
  togetherCalls: 15_000,
  requests: 15_000,
  mappingSeconds: 1,
  queuedEvents: 50_000,
  windowIds: 1_000_000,
  backlog: { small: 10_000, bursts: 6, large: 300_000, timed: 150_000 },
  latencySeconds: 6,
};

const SMOKE: Sizes = {
  rounds: 1,
  forwarded: { program: 4_000, batched: 2_000, naive: 200 },
  filled: { ours: 2_000, stock: 1_000 },
  loneCalls: 20,
  togetherCalls: 1_000,
  requests: 100,
  mappingSeconds: 0.05,
  queuedEvents: 2_000,
  windowIds: 20_000,
  backlog: { small: 2_000, bursts: 1, large: 6_000, timed: 3_000 },
  latencySeconds: 0.3,
};

export interface Options {
  readonly sizes: Sizes;
  readonly form: 'full' | 'quick' | 'smoke';
  readonly sections: readonly SectionName[];
  /** Where the figures are written as JSON. */
  readonly out: string;
  /** A folder for CPU profiles of the program. Undefined for none. */
  readonly profiles: string | undefined;
}

export const HELP = `npm run bench -- [options]
  --quick           smaller and fewer rounds
  --smoke           seconds; figures mean nothing
  --only A,B        sections: ${SECTIONS.join(', ')}
  --rounds N        rounds of each measurement
  --out FILE        figures as JSON (default .tmp/bench.json)
  --profile FOLDER  write processor profiles of worker and intake there
  --docs            write the figures of --out into bench/NOTES.md and run nothing
`;

/** @throws Error naming the invalid options */
export function readOptions(args: readonly string[]): Options & { readonly isHelp: boolean; readonly isDocs: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      out: { type: 'string', default: '.tmp/bench.json' },
      profile: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const form = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
  const sizes = { full: FULL, quick: QUICK, smoke: SMOKE }[form];
  const rounds = values.rounds === undefined ? sizes.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');
  const sections = values.only === undefined ? SECTIONS : values.only.split(',').map(asSection);
  return {
    sizes: { ...sizes, rounds },
    form,
    sections,
    out: values.out,
    profiles: values.profile,
    isHelp: values.help,
    isDocs: values.docs,
  };
}

function asSection(text: string): SectionName {
  const section = SECTIONS.find((name) => name === text);
  if (!section) throw new Error(`--only takes ${SECTIONS.join(', ')}`);
  return section;
}
