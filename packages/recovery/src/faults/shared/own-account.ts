// What a member says of its own data, as evidence: the alarm that it raised, and what it said when it could not start.
import type { StoreAlarm } from '../../detect/signal.js';
import type { EvidenceRule } from '../fault-class.js';
import { saying, storeAlarm } from './current-signals.js';

/** A checksum, a comparison of indexes or of identities that failed: no inference. */
export const alarmed = (weight: number, means: string, ...alarms: readonly StoreAlarm[]): EvidenceRule => ({
  id: `alarm-${alarms[0]}`,
  from: 'store alarms',
  means,
  weight,
  finding: (f) => {
    const alarm = storeAlarm(f, ...alarms);
    return alarm === undefined ? undefined : `alarm ${alarm.alarm}: ${alarm.detail}`;
  },
});

/** Of who ended: its exit journal or its last line; of who lives: an alarming line of its log. */
export const lastWordsAbout = (weight: number, means: string, pattern: RegExp): EvidenceRule => ({
  id: 'words',
  from: 'log',
  means,
  weight,
  finding: (f) => {
    const words = saying(f, pattern);
    return words === undefined ? undefined : `it says "${words}"`;
  },
});
