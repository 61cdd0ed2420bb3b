/**
 * A service that cannot listen: which setting is wrong, its value, and what to do.
 *
 * The faults of the operating system name neither; one line here says both, and the process ends with 2.
 */

/** Where a service listens, by the names that an operator set it with. */
export interface ListenSettings {
  readonly host: readonly [name: string, value: string];
  /** Undefined where the service looks for a free port by itself. */
  readonly port: readonly [name: string, value: number | undefined];
}

/** Bad settings, as far as the operating system can tell. */
export class ListenError extends Error {
  readonly code = 'LISTEN';
}

/** @returns undefined where the failure has nothing to do with the address */
export function listenErrorOf(error: unknown, { host, port }: ListenSettings): ListenError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const [hostName, address] = host;
  const [portName, number] = port;
  const faults: Readonly<Record<string, string>> = {
    EADDRINUSE: `${portName}=${number} is in use on ${address}: another process listens there. Choose another port`,
    EACCES: `${portName}=${number} needs rights that this process does not have: choose a port from 1024 on`,
    EADDRNOTAVAIL: `${hostName}=${address} is no address of this machine`,
    EAFNOSUPPORT: `${hostName}=${address} is no address of this machine`,
    EINVAL: `${hostName}=${address} cannot be listened on`,
    ENOTFOUND: `${hostName}=${address} is not known: no name service has it`,
    EAI_AGAIN: `${hostName}=${address} cannot be looked up: no name service answers`,
  };
  const fault = faults[String(error.code)];
  return fault === undefined ? undefined : new ListenError(fault, { cause: error });
}

/** Ports that are tried where none is set; past them something else is wrong. */
const PORTS_TRIED = 100;

/**
 * Listens on the first free port from one on. Two processes that start at once cannot get the same: who comes second
 * is told so by the operating system, and takes the next.
 *
 * @param taken ports that other services of this process are going to need
 */
export async function listenOnFreePort(
  first: number,
  taken: readonly number[],
  listen: (port: number) => Promise<string>,
): Promise<string> {
  for (let port = first; ; port += 1) {
    if (taken.includes(port)) continue;
    try {
      return await listen(port);
    } catch (error) {
      const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isInUse || port >= first + PORTS_TRIED) throw error;
    }
  }
}
