// The one matcher of the catalogue: facts in, verdict out, the same for the same facts. "Not enough evidence" is a
// verdict like any other: it leads to more observation, never to an action.
import type { Facts } from '../detect/facts.js';
import { CATALOGUE } from '../faults/catalogue.js';
import type { FaultClass, FaultName, Verdict } from '../faults/fault-class.js';

export interface Finding {
  readonly id: string;
  readonly text: string;
  readonly weight: number | 'rules-out';
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
  /** Between 0 and 1: the verdict's share against every other hypothesis and "none of these". */
  readonly confidence: number;
  /** The likeliest first. */
  readonly hypotheses: readonly Hypothesis[];
  readonly facts: Facts;
}

/** A lone hint (weight 1 or 2) never suffices: acting needs proof from the kernel or several findings that agree. */
const SCORE_MIN = 3;
/** Only proofs are certain, and a diagnosis is none. */
const CONFIDENCE_MAX = 0.999;
/** In log-odds: the runner-up must be at least about three times less likely. */
const MARGIN_MIN = 1;

export function diagnose(facts: Facts, catalogue: readonly FaultClass[] = CATALOGUE): Diagnosis {
  const severity = new Map(catalogue.map((fault) => [fault.name, fault.severity]));
  const weighed = catalogue.map((fault) => weigh(fault, facts));
  const hypotheses = withoutExplained(catalogue, weighed).sort(
    (a, b) =>
      Number(a.ruledOut) - Number(b.ruledOut) || b.score - a.score || (severity.get(b.fault) ?? 0) - (severity.get(a.fault) ?? 0),
  );
  const open = hypotheses.filter((hypothesis) => !hypothesis.ruledOut);
  const [best, second] = open;
  const clear = best !== undefined && best.score >= SCORE_MIN && best.score - (second?.score ?? 0) >= MARGIN_MIN;
  if (!clear) return { verdict: 'not-enough-evidence', confidence: 0, hypotheses, facts };
  return { verdict: best.fault, confidence: share(best, open), hypotheses, facts };
}

function weigh(fault: FaultClass, facts: Facts): Hypothesis {
  const supports: Finding[] = [];
  const opposes: Finding[] = [];
  let score = 0;
  for (const { id, weight, finding } of fault.evidence) {
    const text = finding(facts);
    if (text === undefined) continue;
    if (weight !== 'rules-out') score += weight;
    (weight !== 'rules-out' && weight > 0 ? supports : opposes).push({ id, text, weight });
  }
  return {
    fault: fault.name,
    ruledOut: opposes.some((found) => found.weight === 'rules-out'),
    score,
    for: supports,
    against: opposes,
  };
}

/** A class that holds takes those that it suppresses out of the contest, and says so. */
function withoutExplained(catalogue: readonly FaultClass[], weighed: readonly Hypothesis[]): Hypothesis[] {
  const holding = catalogue.filter(({ name }) =>
    weighed.some(({ fault, ruledOut, score }) => fault === name && !ruledOut && score >= SCORE_MIN),
  );
  return weighed.map((hypothesis) => {
    const by = holding.find(({ suppresses }) => suppresses.includes(hypothesis.fault));
    if (by === undefined || hypothesis.ruledOut) return hypothesis;
    const explained: Finding = { id: 'explained', text: `explained by ${by.name}`, weight: 'rules-out' };
    return { ...hypothesis, ruledOut: true, against: [...hypothesis.against, explained] };
  });
}

/** The soft maximum over the hypotheses still open, with "none of these" at log-odds zero. */
function share(best: Hypothesis, open: readonly Hypothesis[]): number {
  const total = open.reduce((sum, hypothesis) => sum + Math.exp(hypothesis.score), 1);
  return Math.min(CONFIDENCE_MAX, Math.round((Math.exp(best.score) / total) * 1000) / 1000);
}

/** One sentence: the verdict, what speaks for it, and why it is not something else. */
export function explain(diagnosis: Diagnosis): string {
  const best = diagnosis.hypotheses.find((hypothesis) => hypothesis.fault === diagnosis.verdict);
  if (best === undefined) return `not enough evidence: ${diagnosis.hypotheses.map(leaning).join('; ')}`;
  const others = diagnosis.hypotheses.filter((hypothesis) => hypothesis !== best).map(leaning);
  return `${best.fault}: ${texts(best.for)}${others.length > 0 ? ` · ${others.join(' · ')}` : ''}`;
}

function leaning(hypothesis: Hypothesis): string {
  const decisive = hypothesis.against.filter((finding) => finding.weight === 'rules-out');
  if (decisive.length > 0) return `not ${hypothesis.fault}: ${texts(decisive)}`;
  return `${hypothesis.fault} less likely (for: ${texts(hypothesis.for)}; against: ${texts(hypothesis.against)})`;
}

const texts = (findings: readonly Finding[]): string =>
  findings.length === 0 ? 'nothing' : findings.map((finding) => finding.text).join(', ');
