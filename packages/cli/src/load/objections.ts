// What a judged history says against the store, in words; nothing when it is clean.
import { plural } from '../output/words.js';
import type { LoadVerdict } from './checked-load.js';

export function objectionsTo({ linearizability, revisions, writes, clean }: LoadVerdict): readonly string[] {
  const objections: string[] = [];
  if (writes.lost > 0)
    objections.push(`${plural(writes.lost, 'acknowledged write')} lost: ${writes.examples.lost[0]?.reason ?? ''}`);
  if (writes.stale > 0) objections.push(`${plural(writes.stale, 'stale read')}`);
  if (writes.unread.length > 0) objections.push(`${plural(writes.unread.length, 'key')} could not be read back`);
  if (linearizability.kind === 'violation')
    objections.push(`the history is not linearizable at key ${linearizability.key}: ${linearizability.reason}`);
  if (linearizability.kind === 'unknown') objections.push(`the history could not be searched whole: ${linearizability.why}`);
  if (revisions.kind !== 'ordered') objections.push('revisions are out of order');
  if (!clean && objections.length === 0) objections.push('the checkers are not satisfied');
  return objections;
}
