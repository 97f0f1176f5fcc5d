// What detectors ask of this machine, on Node.
import type { Instruments } from '@reknit/recovery';
import { askProbe } from './ask-probe.js';
import { DiskRoom } from './disk-room.js';
import { createLogTail } from './log-tail.js';
import { scrape } from './scrape.js';

export function createInstruments(): Instruments {
  const rooms = new DiskRoom();
  return { ask: askProbe, scrape, tail: createLogTail, room: (path) => rooms.of(path) };
}
