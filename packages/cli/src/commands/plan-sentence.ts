import type { PlanUnderWay } from '@reknit/client';

/** What is changed, how far it is, and what it waits for. */
export const planSentence = ({ what, phase, missing }: PlanUnderWay): string =>
  `${what.replace(/ \([^)]*\)$/, '')}: ${phase}${missing.length > 0 ? `, ${missing[0]}` : ''}`;
