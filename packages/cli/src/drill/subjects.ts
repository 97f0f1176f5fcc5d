/** What `reknit drill` can be asked for; apart, so that its help loads nothing else. */
export const DRILL_SUBJECTS = ['crash', 'hang', 'all'] as const;

export type DrillSubject = (typeof DRILL_SUBJECTS)[number];
