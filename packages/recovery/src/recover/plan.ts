import type { Plan } from '../incidents/incident.js';

/** The plan for a crash: the mildest thing that can help, and what it may cost. */
export const planFor = (subject: string): Plan => ({
  steps: [{ action: 'restart', text: `restart ${subject}, again with back-off as long as it ends` }],
  blastRadius: `${subject} only`,
  expectedLoss: 'none: what was acknowledged is durable on a majority',
  expectedDurationMs: 2000,
});
