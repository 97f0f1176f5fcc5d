import type { Incident } from '../incidents/incident.js';

const spokenMs = (value: number | undefined): string =>
  value === undefined ? 'not known' : value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

/** The four times, in the order in which they pass. */
export function spokenMoments({ times }: Incident): string {
  return `detected after ${spokenMs(times.mttd)}, acted after ${spokenMs(times.mtta)}, clients served after ${spokenMs(times.mttm)}, redundancy back after ${spokenMs(times.mttr)}`;
}

export const spokenSeconds = (ms: number): string => `${Math.max(0, Math.round(ms / 100) / 10)} s`;
