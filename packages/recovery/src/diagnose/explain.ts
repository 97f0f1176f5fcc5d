// A diagnosis in one sentence: the verdict, what speaks for it, and why it is not what looks like it. Without a verdict: which
// way it leans, and what would decide.
import { classOf } from '../faults/catalogue.js';
import type { Diagnosis, Finding, Hypothesis } from './diagnose.js';

/** More would be a list of the catalogue. */
const RIVALS_MAX = 3;

export function explain(diagnosis: Diagnosis): string {
  const { hypotheses, verdict } = diagnosis;
  const best = hypotheses.find(({ fault }) => fault === verdict);
  if (best === undefined) return withoutVerdict(diagnosis);
  const { neighbours = [] } = classOf(best.fault) ?? {};
  const others = hypotheses
    .filter((each) => each !== best && isTold(each) && (neighbours.includes(each.fault) || supportOf(each) >= 2))
    .sort((a, b) => supportOf(b) - supportOf(a) || neighbours.indexOf(a.fault) - neighbours.indexOf(b.fault))
    .slice(0, RIVALS_MAX);
  const also = diagnosis.also === undefined ? [] : [`besides: ${diagnosis.also.join(', ')}`];
  return [`${best.fault}: ${texts(best.for)}`, ...also, ...others.map((each) => leaning(each, 'less likely'))].join(' · ');
}

function withoutVerdict({ hypotheses, missing = [] }: Diagnosis): string {
  const likely = hypotheses.filter((each) => each.for.length > 0).slice(0, RIVALS_MAX);
  const leanings =
    likely.length === 0 ? 'nothing speaks for any fault' : likely.map((each) => leaning(each, 'possible')).join('; ');
  return `not enough evidence: ${leanings}${missing.length === 0 ? '' : `; missing: ${missing.map(({ text }) => text).join(', ')}`}`;
}

const isTold = ({ for: supports, against }: Hypothesis): boolean => supports.length > 0 || against.length > 0;

/** What spoke for it, whatever spoke against: where it is much, and yet it is not the verdict, that has to be said. */
const supportOf = ({ for: supports }: Hypothesis): number =>
  supports.reduce((sum, { weight }) => sum + (weight === 'rules-out' ? 0 : weight), 0);

function leaning({ fault, for: supports, against }: Hypothesis, likelihood: 'less likely' | 'possible'): string {
  const decisive = against.filter((finding) => finding.weight === 'rules-out');
  if (decisive.length > 0) return `not ${fault}: ${texts(decisive)}`;
  const sides = [
    ...(supports.length > 0 ? [`for: ${texts(supports)}`] : []),
    ...(against.length > 0 ? [`against: ${texts(against)}`] : []),
  ];
  return `${fault} ${likelihood} (${sides.join('; ')})`;
}

const texts = (findings: readonly Finding[]): string =>
  findings.length === 0 ? 'nothing' : findings.map((finding) => finding.text).join(', ');
