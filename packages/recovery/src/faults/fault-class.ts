// A fault class is data: the evidence that separates it from its neighbours, what to try when in doubt, what to do,
// and how to verify it. One matcher (diagnose/) reads them all, so that adding a class adds one file and no branch.
//
// Evidence counts for (positive weight) or against (negative) the class. 'rules-out' is the kernel's word, not an
// inference: whatever else points to the class, it is not this one.
import type { Facts } from '../detect/facts.js';

export type FaultName = 'crash' | 'crash-loop' | 'hang' | 'blocked-loop' | 'planned-stop';
export type Verdict = FaultName | 'not-enough-evidence';

/**
 * What the engine can do about a fault. Steps of a ladder, mildest first. `wait`: it may end by itself; `fence`: end a
 * silent process by force, and start nothing before the kernel confirms its end; `stop`: ask it to end, for a restart that
 * somebody asked for.
 */
export type Action = 'wait' | 'fence' | 'stop' | 'restart';

/** A question put to the world when the facts at hand do not separate the classes. */
export type Experiment = 'connect' | 'read-exit-journal' | 'read-log';

export type Check = 'identity' | 'canary' | 'lag' | 'redundancy' | 'hash' | 'soak';

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
  /** Empty: nothing is to be done, or nothing can be done automatically. */
  readonly ladder: readonly Action[];
  readonly verification: readonly Check[];
  /** Where this class holds it explains these as well: they are no rivals to it. */
  readonly suppresses: readonly FaultName[];
  /**
   * Destructive steps of this class begin only while no repair of these classes is under way for another subject of this
   * agent: what looks like this class may be its consequence. More severe classes only, so that no two wait for each other.
   */
  readonly waitsFor: readonly FaultName[];
}
