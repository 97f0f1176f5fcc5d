/** What a drill can do; apart from how, so that its help loads nothing else. */
export const FAULT_KINDS = [
  'crash',
  'hang',
  'crash-loop',
  'blocked-loop',
  'crash-all',
  'isolation',
  'one-link',
  'one-way',
  'slow-disk',
  'full-disk',
  'failed-sync',
  'rot',
  'wrong-clock',
  'config-error',
  'dependency-down',
  'two-at-once',
  'short-pause',
  'slow-links',
  'nothing',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** What `reknit drill` can be asked for: kinds of faults, or all of them and some that are none. */
export type DrillSubject = readonly FaultKind[] | 'all';

export const DRILL_WORDS: readonly string[] = [...FAULT_KINDS, 'all'];

const isKind = (word: string): word is FaultKind => (FAULT_KINDS as readonly string[]).includes(word);

/** Of words joined by commas. @returns the first that means nothing, where there is one */
export function parseSubject(text: string): { readonly subject: DrillSubject } | { readonly unknown: string } {
  if (text === 'all') return { subject: 'all' };
  const words = text.split(',');
  const unknown = words.find((word) => !isKind(word));
  return unknown === undefined ? { subject: words.filter(isKind) } : { unknown };
}

export const nameOfSubject = (subject: DrillSubject): string => (subject === 'all' ? subject : subject.join(','));
