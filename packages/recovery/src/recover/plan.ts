// What is going to be done, in words, before it is done: the rungs of a ladder, and what they may cost. What the driver
// of the subject cannot do is said, and skipped.
import type { Plan, PlanStep } from '../incidents/incident.js';
import type { Action, Ladder, Rung } from './actions.js';

interface Meaning {
  readonly text: (subject: string) => string;
  /** Of the action alone, as measured on one machine; a long log takes longer to replay. */
  readonly expectedMs: number;
}

const MEANINGS: Readonly<Record<Action, Meaning>> = {
  wait: { text: (subject) => `give ${subject} a while to come back by itself`, expectedMs: 5000 },
  fence: {
    text: () => 'keep what can be seen of the process, end it by force, and wait for the kernel to confirm its end',
    expectedMs: 100,
  },
  stop: { text: (subject) => `ask ${subject} to end in order`, expectedMs: 1000 },
  restart: { text: (subject) => `restart ${subject}, again with back-off as long as it ends`, expectedMs: 2000 },
  'step-down': { text: (subject) => `let ${subject} give up what it leads`, expectedMs: 500 },
  'hand-over': { text: (subject) => `hand what ${subject} leads to a member that is well`, expectedMs: 500 },
  compact: { text: () => 'compact the history to make room', expectedMs: 10_000 },
  alarm: { text: () => 'set the alarm of a store that is full, or lift it once there is room', expectedMs: 100 },
  rebuild: {
    text: (subject) => `set the data of ${subject} aside, and let it fetch them anew from its peers`,
    expectedMs: 60_000,
  },
  replace: {
    text: (subject) => `let a spare take the place of ${subject}; nothing of it is removed before the spare has caught up`,
    expectedMs: 60_000,
  },
  relocate: { text: (subject) => `run ${subject} elsewhere`, expectedMs: 5000 },
  'revoke-lock': { text: () => 'take the lock from the holder that is gone, by its epoch', expectedMs: 100 },
  'roll-back': { text: (subject) => `undo the last change of ${subject}`, expectedMs: 5000 },
  throttle: { text: (subject) => `ask less of ${subject}`, expectedMs: 100 },
  'unsafe-recover': {
    text: () => 'let the survivors go on without the majority that is lost: what only it knew is lost with it',
    expectedMs: 30_000,
  },
  'suspend-accusations': { text: () => 'accuse nobody while this observer is sick itself', expectedMs: 0 },
  page: { text: () => 'ask a human', expectedMs: 0 },
};

export interface PlanRequest {
  readonly subject: string;
  readonly ladder: Ladder;
  /** What the driver cannot do for this subject; absent: it can do all of it. */
  readonly cannot?: (action: Action) => boolean;
}

export function planFor({ subject, ladder, cannot = () => false }: PlanRequest): Plan {
  const steps = ladder.flatMap((actions, rung) => actions.map((action) => stepOf(subject, action, { rung, actions, cannot })));
  return {
    steps,
    blastRadius: `${subject} only`,
    expectedLoss: steps.some(({ action, skipped }) => action === 'unsafe-recover' && skipped === undefined)
      ? 'what was acknowledged and is durable on none of the survivors'
      : 'none: what was acknowledged is durable on a majority',
    expectedDurationMs: durationOf(steps),
  };
}

interface Place {
  readonly rung: number;
  readonly actions: Rung;
  readonly cannot: (action: Action) => boolean;
}

/** A rung is skipped as a whole: half of it may do harm. */
function stepOf(subject: string, action: Action, { rung, actions, cannot }: Place): PlanStep {
  const missing = actions.find(cannot);
  const step = { action, rung, text: MEANINGS[action].text(subject) };
  return missing === undefined ? step : { ...step, skipped: `${missing} is nothing that its driver can do` };
}

/** Of the first rung that can be tried: further ones are for when it is futile. */
function durationOf(steps: readonly PlanStep[]): number {
  const first = steps.find(({ skipped }) => skipped === undefined)?.rung;
  return steps.reduce((sum, { action, rung }) => sum + (rung === first ? MEANINGS[action].expectedMs : 0), 0);
}

/** In one sentence. */
export function spokenPlan({ steps }: Pick<Plan, 'steps'>): string {
  const rungs = [...new Set(steps.map(({ rung = 0 }) => rung))];
  const spoken = rungs.map((rung) => spokenRung(steps.filter((step) => (step.rung ?? 0) === rung)));
  return spoken.length === 0 ? 'nothing' : spoken.join('; if that is futile: ');
}

function spokenRung(steps: readonly PlanStep[]): string {
  const skipped = steps[0]?.skipped;
  if (skipped !== undefined) return `(skipped: ${steps.map(({ action }) => action).join(', ')}: ${skipped})`;
  return steps.map(({ text }) => text).join(', then ');
}
