/**
 * What the bench's own processes share: their settings are JSON in the last argument, and they answer the bench's
 * messages with their usage.
 */

/** What a process has used since it started. */
export interface Usage {
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

export function readConfig(): unknown {
  return JSON.parse(process.argv.at(-1) ?? '{}');
}

/** Answers `ask` of the bench (processes.ts): a task by its name, or `usage`. */
export function serveTasks(tasks: Readonly<Record<string, (input: never) => Promise<unknown>>>): void {
  process.on('message', (message: { task: string; input: never }) => {
    const task = message.task === 'usage' ? async () => usageNow() : tasks[message.task];
    const done = task ? task(message.input) : Promise.reject(new Error(`no task ${message.task}`));
    done.then(
      (result) => process.send?.({ result: result ?? null }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  // The bench has ended, so this process ends too.
  process.on('disconnect', () => process.exit(0));
  process.send?.({ result: 'ready' });
}

function usageNow(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}
