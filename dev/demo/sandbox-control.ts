/** The demo's calls to the sandbox: sets faults, expires tokens, and reads what arrived. */
import { z } from 'zod';

const receivedIds = z.array(z.object({ id: z.string(), counted: z.number(), hasPlaintext: z.boolean() }));

export class SandboxControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async fault(fault: object): Promise<void> {
    const response = await fetch(`${this.url}/sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
    if (!response.ok) throw new Error(`the sandbox refused a fault: ${response.status}`);
  }

  /** @param query which faults; without it, all */
  async endFaults(query = ''): Promise<void> {
    await fetch(`${this.url}/sandbox/faults${query}`, { method: 'DELETE' });
  }

  async expireTokens(): Promise<void> {
    await fetch(`${this.url}/sandbox/expire-tokens`, { method: 'POST' });
  }

  /** Every id that Amazon would know, and how often Amazon counts it. */
  async received(): Promise<z.output<typeof receivedIds>> {
    return receivedIds.parse(await (await fetch(`${this.url}/sandbox/received`)).json());
  }
}
