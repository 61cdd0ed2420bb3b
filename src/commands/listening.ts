/**
 * A service that cannot listen: which setting is wrong, its value, and what to do.
 *
 * The operating system's error has neither. One line here names both, and the process ends with 2.
 */

/** The address of a service, with the names of its settings. */
export interface ListenSettings {
  readonly host: readonly [name: string, value: string];
  /** Undefined if the service looks for a free port by itself. */
  readonly port: readonly [name: string, value: number | undefined];
}

/** The operating system rejects the address in the settings. */
export class ListenError extends Error {
  readonly code = 'LISTEN';
}

/** @returns undefined if the failure is not about the address */
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

/** Ports tried if none is set. If all fail, something else is wrong. */
const PORTS_TRIED = 100;

/**
 * Listens on the first free port from a given one. If two processes start at once, the operating system refuses the
 * second, which takes the next port.
 *
 * @param taken ports that other services of this process need
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
