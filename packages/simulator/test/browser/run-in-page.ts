// What the page of the test runs, and what the test itself runs: one seed, with its whole trace as text.
import { runSimulation, type SimulationOptions } from '@reknit/simulator';

export function traceOf(options: SimulationOptions): string {
  const lines: string[] = [];
  const report = runSimulation({
    ...options,
    trace: (time, machine, kind, detail) => void lines.push(`${time} ${machine} ${kind} ${detail}`),
  });
  const { digest, operations, violations, fired } = report;
  lines.push(JSON.stringify({ digest, operations, violations, fired }));
  return lines.join('\n');
}
