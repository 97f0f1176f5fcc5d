// A fault class is data: the evidence that separates it from its neighbours, what to try when in doubt, what to do,
// and how to verify it. One matcher (diagnose/) reads them all, so that adding a class adds one file and no branch.
//
// Evidence counts for (positive weight) or against (negative) the class. 'rules-out' is a proof, not an inference: whatever
// else points to the class, it is not this one. What speaks for a class is always something that is known: no rule of
// positive weight rests on what is absent.
import type { Millis } from '@reknit/base';
import type { Facts } from '../detect/facts.js';
import type { Ladder } from '../recover/actions.js';
import type { Check } from '../verify/check.js';

export const FAULT_NAMES = [
  'crash',
  'crash-loop',
  'config-error',
  'hang',
  'blocked-loop',
  'gray',
  'slow-disk',
  'disk-full',
  'corruption',
  'torn-tail',
  'lost-write',
  'disk-lost',
  'clock-jump',
  'full-partition',
  'partial-partition',
  'overload',
  'split-brain',
  'quorum-lost',
  'lagging',
  'diverged',
  'leaked-lock',
  'dependency-down',
  'correlated',
  'flapping',
  'observer-fault',
  'planned-stop',
  'unhealthy',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];
export type Verdict = FaultName | 'not-enough-evidence';

/** A question put to the world when the facts at hand do not separate the classes. */
export type Experiment = 'connect' | 'read-exit-journal' | 'read-log';

/** What is sick: one process, all on its machine, all instances of its component, a link, the cluster, or what it stands on. */
export type Scope = 'process' | 'host' | 'group' | 'link' | 'cluster' | 'component';

/** Who knows it. What none of them has told is missing, and a diagnosis without a verdict says so. */
export type Source =
  | 'kernel'
  | 'exit status'
  | 'exit journal'
  | 'log'
  | 'port'
  | 'health probe'
  | 'effort'
  | 'own word'
  | 'peers'
  | 'who sees whom'
  | 'detectors'
  | 'store alarms'
  | 'past ends'
  | 'past incidents'
  | 'neighbours'
  | 'changes'
  | 'marks'
  | 'claims'
  | 'quorum'
  | 'lag'
  | 'locks'
  | 'own clock';

export interface EvidenceRule {
  readonly id: string;
  readonly from: Source;
  /** What it looks for, for the tables of the runbooks. */
  readonly means: string;
  /** In log-odds: +2 makes the class about seven times as likely. */
  readonly weight: number | 'rules-out';
  /** The finding in words when it holds, undefined when it does not. */
  readonly finding: (facts: Facts) => string | undefined;
}

/** How what it follows from stands to the subject. */
export type Relation = 'dependsOn' | 'sameHost' | 'sameGroup';

export interface FaultClass {
  readonly name: FaultName;
  readonly title: string;
  /** Where two classes fit equally well, the more severe (higher) one is treated. */
  readonly severity: number;
  readonly scope: Scope;
  readonly evidence: readonly EvidenceRule[];
  readonly experiments: readonly Experiment[];
  /** Its last rung is `['page']`. */
  readonly ladder: Ladder;
  /** After a repair, before the next one of this class and severity for the same subject. */
  readonly cooldownMs: Millis;
  /** Present: however active a component is declared, its plan waits for an approval. */
  readonly mode?: 'passive';
  readonly verification: readonly Check[];
  /** Classes that look like it; the tests name the fact that separates each pair. */
  readonly neighbours: readonly FaultName[];
  /** Where this class holds it explains these as well: they are no rivals to it. */
  readonly suppresses: readonly FaultName[];
  /**
   * Destructive steps of this class begin only while no repair of these classes is under way for another subject of this
   * agent: what looks like this class may be its consequence. More severe classes only, so that no two wait for each other.
   */
  readonly waitsFor: readonly FaultName[];
  /** Of whom it may be the consequence: the earliest of these that began before it is its cause. */
  readonly follows: readonly Relation[];
  /** The page for a human, from the repository's root. */
  readonly runbook: string;
}
