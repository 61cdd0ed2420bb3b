/**
 * Loaded before the program (`node --import`): its clock goes wrong by the milliseconds that a file says, as a host's
 * clock does when it is set. Timers keep their pace; only the time of day jumps.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;
const file = process.env.CHAOS_CLOCK_FILE;
const RealDate = Date;
let offsetMs = 0;

function look() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // No file: no shift.
    offsetMs = 0;
  }
}

if (file) {
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + offsetMs);
      else super(...args);
    }

    static now() {
      return RealDate.now() + offsetMs;
    }
  };
}
