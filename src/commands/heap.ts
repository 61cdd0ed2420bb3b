/**
 * How the long-running commands collect garbage. What passes through them is large and short-lived, and V8 is made for
 * programs that have the machine's cores to themselves.
 *
 * Both flags are read anew at each collection, so that they can still be set here; a Node that no longer knew one would say
 * so on stderr and run as it does without. Figures in bench/NOTES.md.
 */
import { setFlagsFromString } from 'node:v8';

export function tuneHeap(): void {
  // Threads that help with the young generation wait for a core that Redis or the other side has, and the program for them.
  setFlagsFromString('--no-parallel-scavenge');
  // Twice what is in use instead of four times: a third less memory, for some milliseconds a second.
  setFlagsFromString('--heap-growing-percent=100');
}
