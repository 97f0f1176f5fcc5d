// A diagnosis in one sentence: the verdict, what speaks for it, and why it is not what looks like it. Without a verdict: which
// way it leans, and what would decide.
import { classOf } from '../faults/catalogue.js';
import type { Diagnosis, Finding, Hypothesis } from './diagnose.js';

/** Without a verdict; more would be a list of the catalogue. */
const LEANINGS_MAX = 3;

export function explain(diagnosis: Diagnosis): string {
  const { hypotheses, verdict } = diagnosis;
  const best = hypotheses.find(({ fault }) => fault === verdict);
  if (best === undefined) return withoutVerdict(diagnosis);
  const { neighbours = [] } = classOf(best.fault) ?? {};
  const others = hypotheses.filter((each) => each !== best && (neighbours.includes(each.fault) || isWeighty(each)));
  const also = diagnosis.also === undefined ? [] : [`besides: ${diagnosis.also.join(', ')}`];
  return [`${best.fault}: ${texts(best.for)}`, ...also, ...others.map(leaning)].join(' · ');
}

function withoutVerdict({ hypotheses, missing = [] }: Diagnosis): string {
  const likely = hypotheses.filter((each) => each.for.length > 0).slice(0, LEANINGS_MAX);
  const leanings = likely.length === 0 ? 'nothing speaks for any fault' : likely.map(leaning).join('; ');
  return `not enough evidence: ${leanings}${missing.length === 0 ? '' : `; missing: ${missing.map(({ text }) => text).join(', ')}`}`;
}

/** Something spoke for it, and yet it is not the verdict: that has to be said. */
const isWeighty = ({ for: supports }: Hypothesis): boolean =>
  supports.reduce((sum, { weight }) => sum + (weight === 'rules-out' ? 0 : weight), 0) >= 2;

function leaning(hypothesis: Hypothesis): string {
  const decisive = hypothesis.against.filter((finding) => finding.weight === 'rules-out');
  if (decisive.length > 0) return `not ${hypothesis.fault}: ${texts(decisive)}`;
  return `${hypothesis.fault} less likely (for: ${texts(hypothesis.for)}; against: ${texts(hypothesis.against)})`;
}

const texts = (findings: readonly Finding[]): string =>
  findings.length === 0 ? 'nothing' : findings.map((finding) => finding.text).join(', ');
