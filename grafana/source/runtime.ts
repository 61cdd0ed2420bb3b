/** For who runs the machines: the processes, and the Redis that everything rests in. */
import { dashboard } from './layout.js';
import { graph, stat, table, warnFrom, words, ZERO_IS_GOOD } from './panel.js';
import { ofAccounts, ofProcesses, perMinute, RANGE, RATE, shared } from './query.js';

const PROCESS = '{{job}} {{instance}}';
const each = (metric: string) => `max by (job, instance) (${ofProcesses(metric)})`;
const usedShare = `max(${ofProcesses('capi_redis_memory_used_bytes')}) / (max(${ofProcesses('capi_redis_memory_max_bytes')}) > 0)`;

const now = [
  stat({
    title: 'Processes up',
    description: 'Processes of each job that answer Prometheus.',
    unit: 'short',
    queries: [{ expr: `sum by (job) (${ofProcesses('up')})`, legend: '{{job}}' }],
    runbooks: ['CapiForwarderDown'],
  }),
  stat({
    title: 'Redis',
    description: 'Whether Redis answers each process.',
    unit: 'none',
    steps: [
      { color: 'red', value: null },
      { color: 'green', value: 1 },
    ],
    mappings: words(['away', 'red'], ['answers', 'green']),
    queries: [{ expr: `min by (job) (${ofProcesses('capi_redis_up')})`, legend: '{{job}}' }],
    runbooks: ['CapiRedisDown'],
  }),
  stat({
    title: 'Memory of Redis',
    description: 'Used of maxmemory. A full Redis refuses new events; without maxmemory there is nothing to show.',
    unit: 'percentunit',
    decimals: 1,
    steps: warnFrom(0.8, 0.9),
    queries: [{ expr: usedShare, legend: 'used' }],
    runbooks: ['CapiRedisMemoryHigh'],
  }),
  stat({
    title: 'Keys evicted',
    description: 'Keys that Redis threw away to make room, in the time on the screen. Each may have been an event.',
    unit: 'short',
    steps: ZERO_IS_GOOD,
    queries: [{ expr: `max(increase(${ofProcesses('capi_redis_evicted_keys_total')}${RANGE}))`, legend: 'evicted' }],
    runbooks: ['CapiRedisEvicting'],
  }),
  stat({
    title: 'Disk of Redis',
    description: 'Whether Redis can write its append-only file and its snapshots.',
    unit: 'none',
    steps: ZERO_IS_GOOD,
    mappings: words(['writes', 'green'], ['fails', 'red']),
    queries: [{ expr: `max(${ofProcesses('capi_redis_disk_failing')})`, legend: 'disk' }],
    runbooks: ['CapiRedisNotPersisting'],
  }),
  stat({
    title: 'Starts',
    description: 'How often processes have started anew, in the time on the screen.',
    unit: 'short',
    queries: [
      { expr: `sum by (job) (changes(${ofProcesses('process_start_time_seconds')}${RANGE}))`, legend: '{{job}}' },
    ],
  }),
];

const redis = [
  graph({
    title: 'Duration of calls to Redis',
    description: 'Our own calls, 95 of 100: claiming, settling and enqueueing a batch, and a ping.',
    unit: 's',
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (le, command) (rate(${ofProcesses('capi_redis_command_duration_seconds_bucket')}${RATE})))`,
        legend: '{{command}}',
      },
    ],
  }),
  graph({
    title: 'Calls to Redis',
    description: 'Our own calls a second. A batch takes one claim and one settling.',
    unit: 'ops',
    queries: [
      {
        expr: `sum by (command) (rate(${ofProcesses('capi_redis_command_duration_seconds_count')}${RATE}))`,
        legend: '{{command}}',
      },
    ],
  }),
  graph({
    title: 'Memory used by Redis',
    description: 'Of its fullest server, against its maxmemory where it has one.',
    unit: 'bytes',
    queries: [
      { expr: `max(${ofProcesses('capi_redis_memory_used_bytes')})`, legend: 'used' },
      { expr: `max(${ofProcesses('capi_redis_memory_max_bytes')}) > 0`, legend: 'maxmemory' },
    ],
    runbooks: ['CapiRedisMemoryHigh'],
  }),
  graph({
    title: 'Ids remembered',
    description: 'Ids in the window, which are most of what Redis holds: some 27 bytes each.',
    unit: 'short',
    queries: [{ expr: shared('account', 'capi_window_ids'), legend: '{{account}}' }],
  }),
];

const processes = [
  graph({
    title: 'Event loop lag',
    description: 'How long work waits for the process, 99 of 100. More than some 100 ms means that it is overloaded.',
    unit: 's',
    steps: warnFrom(0.1, 0.5),
    queries: [{ expr: each('nodejs_eventloop_lag_p99_seconds'), legend: PROCESS }],
    runbooks: ['CapiEventLoopLag'],
  }),
  graph({
    title: 'CPU',
    description: 'Cores in use; a process uses little more than one.',
    unit: 'percentunit',
    queries: [
      {
        expr: `sum by (job, instance) (rate(${ofProcesses('process_cpu_seconds_total')}${RATE}))`,
        legend: PROCESS,
      },
    ],
  }),
  graph({
    title: 'Memory',
    description: 'Resident memory of each process.',
    unit: 'bytes',
    queries: [{ expr: each('process_resident_memory_bytes'), legend: PROCESS }],
  }),
  graph({
    title: 'Heap used',
    description: 'What JavaScript holds. A line that only rises is a leak.',
    unit: 'bytes',
    queries: [{ expr: each('nodejs_heap_size_used_bytes'), legend: PROCESS }],
  }),
];

const more = [
  graph({
    title: 'Garbage collection',
    description: 'Share of a second spent on it.',
    unit: 'percentunit',
    queries: [
      {
        expr: `sum by (job, instance) (rate(${ofProcesses('nodejs_gc_duration_seconds_sum')}${RATE}))`,
        legend: PROCESS,
      },
    ],
  }),
  graph({
    title: 'Stalled jobs',
    description: 'Jobs whose worker was lost, a minute; another one has taken them over.',
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('account', 'capi_jobs_stalled_total'), legend: '{{account}}' }],
    runbooks: ['CapiJobsStalled'],
  }),
  graph({
    title: 'Oldest job in a worker',
    description:
      'For how long each worker has held its oldest job. It falls to 0 again and again, unless Amazon makes all wait.',
    unit: 's',
    queries: [
      {
        expr: `max by (job, instance, account) (${ofAccounts('capi_oldest_run_seconds')})`,
        legend: `${PROCESS} {{account}}`,
      },
    ],
    runbooks: ['CapiRunStuck'],
  }),
  graph({
    title: 'Reading these metrics',
    description: 'How long the last reading of Redis for these metrics took. It is cut off after 0.2 s.',
    unit: 's',
    queries: [{ expr: each('capi_collection_duration_seconds'), legend: PROCESS }],
    runbooks: ['CapiMetricsStale'],
  }),
  graph({
    title: 'Files of secrets that cannot be used',
    description: 'Gone, empty or wrong. What was read of them last still counts; a restart would fail.',
    unit: 'short',
    queries: [{ expr: each('capi_secret_files_unusable'), legend: PROCESS }],
    runbooks: ['CapiSecretFileUnusable'],
  }),
  table({
    title: 'What runs',
    description: 'Version of the forwarder and of Node.js, and how many processes run it.',
    unit: 'short',
    queries: [
      { expr: `count by (job, version, node_version) (${ofProcesses('capi_build_info')})`, legend: 'Processes' },
    ],
  }),
];

export const runtime = dashboard({
  uid: 'capi-runtime',
  title: 'Runtime and Redis',
  description: 'Whether the processes and the Redis behind them are well.',
  from: 'now-6h',
  rows: [
    { title: 'Now', height: 4, panels: now },
    { title: 'Calls to Redis and its memory', height: 8, panels: redis },
    { title: 'Processes', height: 8, panels: processes },
    { title: 'Housekeeping', height: 8, panels: more },
  ],
});
