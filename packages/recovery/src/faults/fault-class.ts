// A fault class is data: the evidence that separates it from its neighbours, what to try when in doubt, what to do,
// and how to verify it. One matcher (diagnose/) reads them all, so that adding a class adds one file and no branch.
//
// Evidence counts for (positive weight) or against (negative) the class. 'rules-out' is the kernel's word, not an
// inference: whatever else points to the class, it is not this one.
import type { Facts } from '../detect/facts.js';
import type { Ladder } from '../recover/actions.js';
import type { Check } from '../verify/check.js';

export type FaultName = 'crash' | 'crash-loop' | 'hang' | 'blocked-loop' | 'planned-stop';
export type Verdict = FaultName | 'not-enough-evidence';

/** A question put to the world when the facts at hand do not separate the classes. */
export type Experiment = 'connect' | 'read-exit-journal' | 'read-log';

export interface EvidenceRule {
  readonly id: string;
  /** In log-odds: +2 makes the class about seven times as likely. */
  readonly weight: number | 'rules-out';
  /** The finding in words when it holds, undefined when it does not. */
  readonly finding: (facts: Facts) => string | undefined;
}

export interface FaultClass {
  readonly name: FaultName;
  readonly title: string;
  /** Where two classes fit equally well, the more severe (higher) one is treated. */
  readonly severity: number;
  readonly evidence: readonly EvidenceRule[];
  readonly experiments: readonly Experiment[];
  /** Empty: nothing is to be done. Otherwise its last rung is `['page']`. */
  readonly ladder: Ladder;
  readonly verification: readonly Check[];
  /** Where this class holds it explains these as well: they are no rivals to it. */
  readonly suppresses: readonly FaultName[];
  /**
   * Destructive steps of this class begin only while no repair of these classes is under way for another subject of this
   * agent: what looks like this class may be its consequence. More severe classes only, so that no two wait for each other.
   */
  readonly waitsFor: readonly FaultName[];
}
