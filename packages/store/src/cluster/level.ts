// What the versions of Reknit in a cluster have in common: a *level* stands for disk formats, peer messages and what entries mean
// to the state. A new cluster begins at the first; whoever leads `_system` raises it, by an entry, once all members that it knows
// say that they speak a higher one. What came with a level is used only from then on, so that a rolling upgrade can take its
// time, and be taken back until its last member is up. It never falls.
import type { Configuration } from '../configuration/record.js';
import { StartError } from '../start-error.js';

/** Raised with every addition that an older member could misunderstand; each is asked for by `speaks`. */
export const LEVEL = 2;
/** Of a cluster that has not said one, and of members that do not. */
export const FIRST_LEVEL = 1;

/** Since which level it is there. */
const SINCE = { alarms: 2, 'log-positions': 2 } as const;

export const levelOf = (configuration: Configuration | undefined): number => configuration?.level ?? FIRST_LEVEL;

export const speaks = (configuration: Configuration | undefined, what: keyof typeof SINCE): boolean =>
  levelOf(configuration) >= SINCE[what];

/** Throws StartError for a cluster that has gone beyond what this version knows. */
export function checkLevel(configuration: Configuration | undefined, known: number): void {
  const level = levelOf(configuration);
  if (level <= known) return;
  throw new StartError(
    'version-too-old',
    `the cluster uses level ${level} of Reknit's formats, this version knows up to ${known}`,
    'use the Reknit version that the other members use',
  );
}
