// What a fault follows from: an incident of another subject that began before it and stands to it as its class says, or the
// evidence at its root. Onsets are compared, not when they were noticed; so causes form no circle.
import { unreachable } from '@reknit/base';
import type { Facts, Neighbour } from '../detect/facts.js';
import type { FaultClass, Relation } from '../faults/fault-class.js';
import type { Hypothesis } from './diagnose.js';

export type Cause =
  | { readonly kind: 'incident'; readonly id: string }
  /** Nothing is known before it. */
  | { readonly kind: 'root'; readonly evidence: string };

export function causeOf(fault: FaultClass, facts: Facts, hypothesis: Hypothesis | undefined): Cause {
  const [earliest] = facts.neighbours
    .filter((neighbour) => precedes(neighbour, facts) && fault.follows.some((relation) => stands(neighbour, relation)))
    .sort((a, b) => a.since - b.since);
  if (earliest?.incident !== undefined) return { kind: 'incident', id: earliest.incident };
  return { kind: 'root', evidence: rootOf(fault, hypothesis) };
}

/** Diagnosed, and earlier; of two at the same moment none is the cause of the other. */
const precedes = ({ incident, verdict, since }: Neighbour, { onset }: Facts): boolean =>
  incident !== undefined && verdict !== undefined && verdict !== 'planned-stop' && onset !== undefined && since < onset;

function stands(neighbour: Neighbour, relation: Relation): boolean {
  switch (relation) {
    case 'dependsOn':
      return neighbour.dependsOn;
    case 'sameGroup':
      return neighbour.sameGroup === true;
    case 'sameHost':
      return neighbour.sameHost === true && isOfTheHost(neighbour);
    default:
      return unreachable(relation);
  }
}

/** What one subject of a machine suffers concerns another only where the machine itself is sick. */
const isOfTheHost = ({ verdict }: Neighbour): boolean =>
  verdict === 'slow-disk' ||
  verdict === 'disk-full' ||
  verdict === 'disk-lost' ||
  verdict === 'clock-jump' ||
  verdict === 'overload';

const weightOf = (weight: number | 'rules-out'): number => (weight === 'rules-out' ? 0 : weight);

function rootOf({ title }: FaultClass, hypothesis: Hypothesis | undefined): string {
  const [strongest] = [...(hypothesis?.for ?? [])].sort((a, b) => weightOf(b.weight) - weightOf(a.weight));
  return strongest?.text ?? title;
}
