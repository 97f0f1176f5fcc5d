import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { throwSwitch } from './throw-switch.js';

const OFFSET_MS = 5 * 60_000;
const WRONG_MS = 8000;

export const WRONG_CLOCK: DrillFault = {
  kind: 'wrong-clock',
  deed: `its wall clock is ${OFFSET_MS / 60_000} minutes ahead, for ${WRONG_MS / 1000} s`,
  right: 'clock-jump',
  response: 'outlast',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'clock-offset', offsetMs: OFFSET_MS, ms: WRONG_MS }),
  relent: nothingToUndo,
};
