// It ends at every start in the same way since its command or configuration was changed, or says itself that it cannot run
// with them. Starting it again is futile on every machine; the change is what must go.
//
// Surprising: a change alone is no evidence. It counts when every end of the row came after it, and by the process's own
// hand: who is killed has not read its configuration wrongly.
import type { Facts } from '../detect/facts.js';
import type { FaultClass } from './fault-class.js';
import { saying, storeAlarm } from './shared/current-signals.js';
import { alikeEnds } from './shared/ends.js';
import { lastWordsAbout } from './shared/own-account.js';
import { ANNOUNCED, lastEnd, PROCESS_LIVES } from './shared/process.js';
import { WHOLE } from './shared/verification.js';

/** Two ends alike may be chance; the third start has met the same as the first. */
const ENDS_MIN = 3;

/** As members of the store refuse their flags. */
const REFUSES =
  /"code":"(usage|protocol-differs|name-not-in-cluster|insecure-address)"|is not one of the --initial-cluster|but --protocol says|was started with --protocol/;

const endsSinceChange = (f: Facts): number =>
  alikeEnds(f).filter(({ at }) => f.changedAt !== undefined && at >= f.changedAt).length;

export const CONFIG_ERROR: FaultClass = {
  name: 'config-error',
  title: 'it cannot run with the configuration that it was given',
  severity: 42,
  scope: 'group',
  evidence: [
    PROCESS_LIVES,
    {
      id: 'nothing-changed',
      from: 'changes',
      means: 'its command and configuration are not known to have changed, and it does not complain of them',
      weight: 'rules-out',
      finding: (f) =>
        f.changedAt === undefined && storeAlarm(f, 'config') === undefined && saying(f, REFUSES) === undefined
          ? 'nothing is known to have changed'
          : undefined,
    },
    {
      id: 'refuses-configuration',
      from: 'store alarms',
      means: 'it says itself that it cannot run with this configuration',
      weight: 7,
      finding: (f) => {
        const alarm = storeAlarm(f, 'config');
        return alarm === undefined ? undefined : `it says: ${alarm.detail}`;
      },
    },
    lastWordsAbout(4, 'it ended saying that it cannot run with its flags', REFUSES),
    {
      id: 'ends-since-change',
      from: 'past ends',
      means: `${ENDS_MIN} ends alike, all since its configuration changed`,
      weight: 8,
      finding: (f) =>
        endsSinceChange(f) >= ENDS_MIN
          ? `${endsSinceChange(f)} times ${lastEnd(f)}, each since its configuration changed`
          : undefined,
    },
    {
      id: 'ended-so-before',
      from: 'past ends',
      means: 'it ended in the same way before the change',
      weight: -6,
      finding: (f) =>
        f.changedAt !== undefined && alikeEnds(f).length > endsSinceChange(f)
          ? 'it ended in the same way before its configuration changed'
          : undefined,
    },
    {
      id: 'ended-by-signal',
      from: 'exit status',
      means: 'a signal ended it: it did not end by itself',
      weight: -6,
      finding: (f) => (f.exit?.signal === undefined ? undefined : lastEnd(f)),
    },
    {
      id: 'others-too',
      from: 'neighbours',
      means: 'other instances cannot start either',
      weight: 1,
      finding: ({ neighbours }) => {
        const alike = neighbours.filter(
          ({ sameGroup, verdict }) => sameGroup === true && (verdict === 'config-error' || verdict === 'crash-loop'),
        );
        return alike.length === 0 ? undefined : `${alike.map(({ subject }) => subject).join(', ')} cannot start either`;
      },
    },
    ANNOUNCED,
  ],
  experiments: ['read-exit-journal', 'read-log'],
  ladder: [['roll-back'], ['page']],
  cooldownMs: 300_000,
  verification: WHOLE,
  neighbours: ['crash-loop', 'dependency-down', 'correlated'],
  suppresses: ['crash', 'crash-loop'],
  waitsFor: [],
  follows: [],
  runbook: 'docs/runbooks/config-error.md',
};
