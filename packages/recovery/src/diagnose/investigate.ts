// From a question to a diagnosis: what is known rules out classes, and the experiments of those that are still open are
// carried out before the verdict.
import { carryOut, knownFacts, type Question } from '../detect/observe.js';
import type { Driver } from '../driver.js';
import { CATALOGUE } from '../faults/catalogue.js';
import type { Experiment } from '../faults/fault-class.js';
import { type Diagnosis, diagnose } from './diagnose.js';

export async function investigate(driver: Driver, question: Question): Promise<Diagnosis> {
  const known = knownFacts(driver, question);
  const { hypotheses } = diagnose(known);
  const open = new Set(hypotheses.filter((hypothesis) => !hypothesis.ruledOut).map((hypothesis) => hypothesis.fault));
  const experiments = new Set<Experiment>(CATALOGUE.filter(({ name }) => open.has(name)).flatMap((fault) => fault.experiments));
  return diagnose(await carryOut(experiments, driver, question, known));
}
