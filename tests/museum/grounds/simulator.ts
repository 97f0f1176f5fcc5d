import { runSimulation } from '@reknit/simulator';
import { hunter } from '../hunter.js';

hunter<'simulator'>(({ protocol, workloads, faults }, seed) => {
  const [violation] = runSimulation({ seed, protocol, workloads, ...(faults === undefined ? {} : { faults }) }).violations;
  return violation === undefined ? undefined : `${violation.rule}: ${violation.detail}`;
});
