// Its wall clock is not where it should be. Nothing of Reknit decides by wall clocks, so nothing is done to it; but leases
// of others, certificates and logs do, and a human sets clocks right.
//
// Surprising: a jump alone may be the correction of an older error. It counts where the clock differs from its peers' now.
import type { FaultClass } from './fault-class.js';
import { current } from './shared/current-signals.js';
import { alarmed } from './shared/own-account.js';
import { PROCESS_GONE } from './shared/process.js';

const MONOTONIC = 'monotonic';

export const CLOCK_JUMP: FaultClass = {
  name: 'clock-jump',
  title: 'its wall clock is wrong',
  severity: 12,
  scope: 'host',
  evidence: [
    PROCESS_GONE,
    {
      id: 'jumped',
      from: 'detectors',
      means: 'its wall clock moved otherwise than its monotonic clock',
      weight: 2,
      finding: (f) => {
        const jump = current(f, 'clock').find(({ off, against }) => off && against.startsWith(MONOTONIC));
        return jump === undefined ? undefined : `its wall clock jumped by ${Math.round(jump.offsetMs)} ms`;
      },
    },
    {
      id: 'off-its-peers',
      from: 'detectors',
      means: 'its wall clock differs from the median of its peers',
      weight: 4,
      finding: (f) => {
        const off = current(f, 'clock').find((signal) => signal.off && !signal.against.startsWith(MONOTONIC));
        return off === undefined ? undefined : `its wall clock is ${Math.round(off.offsetMs)} ms off the ${off.against}`;
      },
    },
    {
      id: 'agrees-with-peers',
      from: 'detectors',
      means: 'its wall clock agrees with the median of its peers: what jumped was set right',
      weight: -2,
      finding: (f) => {
        const even = current(f, 'clock').find((signal) => !signal.off && !signal.against.startsWith(MONOTONIC));
        return even === undefined ? undefined : `its wall clock agrees with the ${even.against}`;
      },
    },
    alarmed(2, 'its store complains of the clock', 'clock'),
  ],
  experiments: [],
  ladder: [['wait'], ['page']],
  cooldownMs: 600_000,
  verification: ['metrics', 'soak', 'metrics'],
  neighbours: ['observer-fault', 'split-brain'],
  suppresses: [],
  waitsFor: [],
  follows: ['sameHost'],
  runbook: 'docs/runbooks/clock-jump.md',
};
