/** For who runs the machines: the processes, and the Redis that everything rests in. */
import { dashboard } from './layout.js';
import { graph, LINES, ONE_IS_GOOD, stackedGraph, stat, table, warnFrom, words, ZERO_IS_GOOD } from './panel.js';
import { ofAccounts, ofProcesses, perMinute, RANGE, RATE, shared } from './query.js';
import { runbooks } from './runbooks.js';

const PROCESS = '{{job}} {{instance}}';
const each = (metric: string) => `max by (job, instance) (${ofProcesses(metric)})`;
const usedShare = `max(${ofProcesses('capi_redis_memory_used_bytes')}) / (max(${ofProcesses('capi_redis_memory_max_bytes')}) > 0)`;

const now = [
  stat('Processes up', 'Processes of each job that answer Prometheus.', {
    '{{job}}': `sum by (job) (${ofProcesses('up')})`,
  })
    .unit('short')
    .links(runbooks('CapiForwarderDown')),
  stat('Redis', 'Whether Redis answers each process.', { '{{job}}': `min by (job) (${ofProcesses('capi_redis_up')})` })
    .unit('none')
    .thresholds(ONE_IS_GOOD)
    .mappings(words(['away', 'red'], ['answers', 'green']))
    .links(runbooks('CapiRedisDown')),
  stat(
    'Memory of Redis',
    'Used of maxmemory. A full Redis refuses new events; without maxmemory there is nothing to show.',
    { used: usedShare },
  )
    .unit('percentunit')
    .decimals(1)
    .thresholds(warnFrom(0.8, 0.9))
    .links(runbooks('CapiRedisMemoryHigh')),
  stat(
    'Keys evicted',
    'Keys that Redis threw away to make room, in the time on the screen. Each may have been an event.',
    { evicted: `max(increase(${ofProcesses('capi_redis_evicted_keys_total')}${RANGE}))` },
  )
    .unit('short')
    .thresholds(ZERO_IS_GOOD)
    .links(runbooks('CapiRedisEvicting')),
  stat('Disk of Redis', 'Whether Redis can write its append-only file and its snapshots.', {
    disk: `max(${ofProcesses('capi_redis_disk_failing')})`,
  })
    .unit('none')
    .thresholds(ZERO_IS_GOOD)
    .mappings(words(['writes', 'green'], ['fails', 'red']))
    .links(runbooks('CapiRedisNotPersisting')),
  stat('Starts', 'How often processes have started anew, in the time on the screen.', {
    '{{job}}': `sum by (job) (changes(${ofProcesses('process_start_time_seconds')}${RANGE}))`,
  }).unit('short'),
];

const redis = [
  graph(
    'Duration of calls to Redis',
    'Our own calls, 95 of 100: claiming, settling and enqueueing a batch, and a ping.',
    {
      '{{command}}': `histogram_quantile(0.95, sum by (le, command) (rate(${ofProcesses('capi_redis_command_duration_seconds_bucket')}${RATE})))`,
    },
  ).unit('s'),
  graph('Calls to Redis', 'Our own calls a second. A batch takes one claim and one settling.', {
    '{{command}}': `sum by (command) (rate(${ofProcesses('capi_redis_command_duration_seconds_count')}${RATE}))`,
  }).unit('ops'),
  graph('Memory used by Redis', 'Of its fullest server, against its maxmemory where it has one.', {
    used: `max(${ofProcesses('capi_redis_memory_used_bytes')})`,
    maxmemory: `max(${ofProcesses('capi_redis_memory_max_bytes')}) > 0`,
  })
    .unit('bytes')
    .links(runbooks('CapiRedisMemoryHigh')),
  graph('Ids remembered', 'Ids in the window, which are most of what Redis holds: some 27 bytes each.', {
    '{{account}}': shared('account', 'capi_window_ids'),
  }).unit('short'),
];

const processes = [
  graph(
    'Event loop lag',
    'How long work waits for the process, 99 of 100. More than some 100 ms means that it is overloaded.',
    { [PROCESS]: each('nodejs_eventloop_lag_p99_seconds') },
  )
    .unit('s')
    .thresholds(warnFrom(0.1, 0.5))
    .thresholdsStyle(LINES)
    .links(runbooks('CapiEventLoopLag')),
  graph('CPU', 'Cores in use; a process uses little more than one.', {
    [PROCESS]: `sum by (job, instance) (rate(${ofProcesses('process_cpu_seconds_total')}${RATE}))`,
  }).unit('percentunit'),
  graph('Memory', 'Resident memory of each process.', { [PROCESS]: each('process_resident_memory_bytes') }).unit(
    'bytes',
  ),
  graph('Heap used', 'What JavaScript holds. A line that only rises is a leak.', {
    [PROCESS]: each('nodejs_heap_size_used_bytes'),
  }).unit('bytes'),
];

const more = [
  graph('Garbage collection', 'Share of a second spent on it.', {
    [PROCESS]: `sum by (job, instance) (rate(${ofProcesses('nodejs_gc_duration_seconds_sum')}${RATE}))`,
  }).unit('percentunit'),
  stackedGraph('Stalled jobs', 'Jobs whose worker was lost, a minute; another one has taken them over.', {
    '{{account}}': perMinute('account', 'capi_jobs_stalled_total'),
  })
    .unit('short')
    .links(runbooks('CapiJobsStalled')),
  graph(
    'Oldest job in a worker',
    'For how long each worker has held its oldest job. It falls to 0 again and again, unless Amazon makes all wait.',
    { [`${PROCESS} {{account}}`]: `max by (job, instance, account) (${ofAccounts('capi_oldest_run_seconds')})` },
  )
    .unit('s')
    .links(runbooks('CapiRunStuck')),
  graph(
    'Reading these metrics',
    'How long the last reading of Redis for these metrics took. It is cut off after 0.2 s.',
    { [PROCESS]: each('capi_collection_duration_seconds') },
  )
    .unit('s')
    .links(runbooks('CapiMetricsStale')),
  graph(
    'Files of secrets that cannot be used',
    'Gone, empty or wrong. What was read of them last still counts; a restart would fail.',
    { [PROCESS]: each('capi_secret_files_unusable') },
  )
    .unit('short')
    .links(runbooks('CapiSecretFileUnusable')),
  table('What runs', 'Version of the forwarder and of Node.js, and how many processes run it.', {
    Processes: `count by (job, version, node_version) (${ofProcesses('capi_build_info')})`,
  }).unit('short'),
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
