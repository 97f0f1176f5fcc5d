import type { Check } from '../../verify/check.js';

/**
 * Whatever the class, a repair is verified whole: who was mended, seen from a client, redundancy and state of the cluster, its
 * own word, a soak with its metrics back in band at the end, and the same identity once more. A driver says which checks make
 * sense for its subject.
 */
export const WHOLE: readonly Check[] = [
  'identity',
  'probe',
  'canary',
  'lag',
  'redundancy',
  'hash',
  'own',
  'soak',
  'metrics',
  'identity',
];
