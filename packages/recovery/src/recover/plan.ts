// What is going to be done, in words, before it is done: the ladder of the verdict, and what it may cost.
import { unreachable } from '@reknit/base';
import type { Action } from '../faults/fault-class.js';
import type { Plan, PlanStep } from '../incidents/incident.js';

/** Of a step alone, as measured on one machine; a long log takes longer to replay. */
const EXPECTED_MS: Readonly<Record<Action, number>> = { wait: 5000, stop: 1000, fence: 100, restart: 2000 };

export const planFor = (subject: string, ladder: readonly Action[]): Plan => ({
  steps: ladder.map((action) => stepOf(subject, action)),
  blastRadius: `${subject} only`,
  expectedLoss: 'none: what was acknowledged is durable on a majority',
  expectedDurationMs: ladder.reduce((sum, action) => sum + EXPECTED_MS[action], 0),
});

function stepOf(subject: string, action: Action): PlanStep {
  switch (action) {
    case 'wait':
      return { action, text: `give ${subject} a while to come back by itself` };
    case 'fence':
      return {
        action,
        text: `keep what can be seen of the process, end it by force, and wait for the kernel to confirm its end`,
      };
    case 'stop':
      return { action, text: `ask ${subject} to end in order` };
    case 'restart':
      return { action, text: `restart ${subject}, again with back-off as long as it ends` };
    default:
      return unreachable(action);
  }
}
