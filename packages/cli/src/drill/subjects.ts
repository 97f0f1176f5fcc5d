/** What `reknit drill` can be asked for; apart, so that its help loads nothing else. */
export const DRILL_SUBJECTS = ['crash', 'hang', 'blocked-loop', 'crash-loop', 'all'] as const;

export type DrillSubject = (typeof DRILL_SUBJECTS)[number];
