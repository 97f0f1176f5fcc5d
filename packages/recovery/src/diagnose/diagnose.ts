// The one matcher of the catalogue: facts in, verdict out, the same for the same facts. "Not enough evidence" is a
// verdict like any other: it leads to more observation, never to an action, and names what would have decided.
//
// Surprising: the likeliest class need not be the verdict. Faults of unlike classes may strike together, and the gravest that is
// certain is treated first. Only classes that look alike (neighbours) are rivals, and between rivals the margin decides.
import type { Facts } from '../detect/facts.js';
import { CATALOGUE } from '../faults/catalogue.js';
import type { FaultClass, FaultName, Source, Verdict } from '../faults/fault-class.js';
import { type Cause, causeOf } from './cause.js';
import { type Missing, missingFor } from './missing.js';

export { explain } from './explain.js';

export interface Finding {
  readonly id: string;
  readonly text: string;
  readonly weight: number | 'rules-out';
  /** Absent in records of version 0.1. */
  readonly from?: Source;
}

export interface Hypothesis {
  readonly fault: FaultName;
  readonly ruledOut: boolean;
  /** Sum of the weights that hold, in log-odds. */
  readonly score: number;
  readonly for: readonly Finding[];
  readonly against: readonly Finding[];
}

export interface Diagnosis {
  readonly verdict: Verdict;
  /** Between 0 and 1: the verdict's share against its rivals and "none of these". */
  readonly confidence: number;
  /** What it follows from; absent without a verdict. */
  readonly cause?: Cause;
  /** Other faults that hold as well, and come after this one. */
  readonly also?: readonly FaultName[];
  /** Without a verdict: what would decide, and nobody has told. */
  readonly missing?: readonly Missing[];
  /** The likeliest first. */
  readonly hypotheses: readonly Hypothesis[];
  readonly facts: Facts;
}

/** A lone hint (weight 1 or 2) never suffices: acting needs proof from the kernel or several findings that agree. */
const SCORE_MIN = 3;
/** Only proofs are certain, and a diagnosis is none. */
const CONFIDENCE_MAX = 0.999;
/** In log-odds: a rival must be at least about three times less likely. */
const MARGIN_MIN = 1;

export function diagnose(facts: Facts, catalogue: readonly FaultClass[] = CATALOGUE): Diagnosis {
  const hypotheses = withoutExplained(
    catalogue,
    catalogue.map((fault) => weigh(fault, facts)),
  ).sort((a, b) => Number(a.ruledOut) - Number(b.ruledOut) || b.score - a.score);
  const gravestFirst = [...catalogue].sort((a, b) => b.severity - a.severity);
  const holding = gravestFirst.filter((fault) => holds(hypothesisOf(hypotheses, fault.name)));
  const found = holding.find((fault) => isClear(fault, hypotheses));
  if (found === undefined) {
    const missing = missingFor(hypotheses, facts, catalogue);
    return { verdict: 'not-enough-evidence', confidence: 0, missing, hypotheses, facts };
  }
  const also = holding.filter((fault) => fault !== found && !found.neighbours.includes(fault.name)).map(({ name }) => name);
  return {
    verdict: found.name,
    confidence: share(found, hypotheses),
    cause: causeOf(found, facts, hypothesisOf(hypotheses, found.name)),
    ...(also.length === 0 ? {} : { also }),
    hypotheses,
    facts,
  };
}

function weigh(fault: FaultClass, facts: Facts): Hypothesis {
  const supports: Finding[] = [];
  const opposes: Finding[] = [];
  let score = 0;
  for (const { id, weight, finding, from } of fault.evidence) {
    const text = finding(facts);
    if (text === undefined) continue;
    if (weight !== 'rules-out') score += weight;
    (weight !== 'rules-out' && weight > 0 ? supports : opposes).push({ id, text, weight, from });
  }
  return {
    fault: fault.name,
    ruledOut: opposes.some((found) => found.weight === 'rules-out'),
    score,
    for: supports,
    against: opposes,
  };
}

const holds = (hypothesis: Hypothesis | undefined): boolean =>
  hypothesis !== undefined && !hypothesis.ruledOut && hypothesis.score >= SCORE_MIN;

const hypothesisOf = (hypotheses: readonly Hypothesis[], name: FaultName): Hypothesis | undefined =>
  hypotheses.find(({ fault }) => fault === name);

/** A class that holds takes those that it suppresses out of the contest, and says so. */
function withoutExplained(catalogue: readonly FaultClass[], weighed: readonly Hypothesis[]): Hypothesis[] {
  const holding = catalogue.filter(({ name }) => holds(hypothesisOf(weighed, name)));
  return weighed.map((hypothesis) => {
    const by = holding.find(({ suppresses }) => suppresses.includes(hypothesis.fault));
    if (by === undefined || hypothesis.ruledOut) return hypothesis;
    const explained: Finding = { id: 'explained', text: `explained by ${by.name}`, weight: 'rules-out' };
    return { ...hypothesis, ruledOut: true, against: [...hypothesis.against, explained] };
  });
}

const rivalsOf = (fault: FaultClass, hypotheses: readonly Hypothesis[]): readonly Hypothesis[] =>
  hypotheses.filter((hypothesis) => !hypothesis.ruledOut && fault.neighbours.includes(hypothesis.fault));

function isClear(fault: FaultClass, hypotheses: readonly Hypothesis[]): boolean {
  const score = hypothesisOf(hypotheses, fault.name)?.score ?? 0;
  return rivalsOf(fault, hypotheses).every((rival) => score - rival.score >= MARGIN_MIN);
}

/** The soft maximum over the class, the rivals that something speaks for, and "none of these" at log-odds zero. */
function share(fault: FaultClass, hypotheses: readonly Hypothesis[]): number {
  const own = Math.exp(hypothesisOf(hypotheses, fault.name)?.score ?? 0);
  const rivals = rivalsOf(fault, hypotheses).filter((rival) => rival.for.length > 0);
  const total = rivals.reduce((sum, { score }) => sum + Math.exp(score), 1 + own);
  return Math.min(CONFIDENCE_MAX, Math.round((own / total) * 1000) / 1000);
}
