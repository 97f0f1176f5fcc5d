import type { Incident } from '../incidents/incident.js';

const spokenMs = (value: number): string => (value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);

/** Of the four times those that there are: a component has no redundancy to be restored. */
export function spokenMoments({ times }: Incident): string {
  const { mttd, mtta, mttm, mttr } = times;
  const moments = [
    ['detected', mttd],
    ['acted', mtta],
    ['clients served', mttm],
    ['redundancy back', mttr],
  ] as const;
  return moments.flatMap(([what, ms]) => (ms === undefined ? [] : [`${what} after ${spokenMs(ms)}`])).join(', ');
}

export const spokenSeconds = (ms: number): string => `${Math.max(0, Math.round(ms / 100) / 10)} s`;
