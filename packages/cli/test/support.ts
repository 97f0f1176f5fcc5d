import { readFileSync } from 'node:fs';
import type { Incident } from '@reknit/recovery';
import picocolors from 'picocolors';
import type { LoadVerdict } from '../src/load/checked-load.js';
import type { Terminal } from '../src/output/terminal.js';

/** As an agent wrote it: a leader was killed and healed. */
export const healedIncident = (): Incident =>
  JSON.parse(readFileSync(new URL('fixtures/incident.json', import.meta.url), 'utf8'));

export interface Recorded extends Terminal {
  readonly lines: string[];
}

export function recordingTerminal(width: number = 100): Recorded {
  const lines: string[] = [];
  return {
    lines,
    paint: picocolors.createColors(false),
    width,
    interactive: false,
    line: (text = '') => void lines.push(text),
    progress: () => undefined,
    endProgress: () => undefined,
  };
}

/** Nothing against it. */
export const cleanVerdict: LoadVerdict = {
  clean: true,
  linearizability: { kind: 'linearizable' },
  revisions: { kind: 'ordered' },
  writes: {
    acknowledged: 5,
    lost: 0,
    stale: 0,
    unknown: 1,
    failed: 2,
    verdict: 'clean',
    unread: [],
    examples: { lost: [], stale: [] },
  },
  operations: 20,
  reads: 12,
};
