// One line a mutant as it is found, or its failure.
import type { Reporter, TestCase } from 'vitest/node';

export class MuseumReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state === 'skipped') return;
    const name = test.project.name.padEnd(26);
    const { hunt } = test.meta();
    if (state === 'failed') process.stdout.write(`✗ ${name} ${errors?.map(({ message }) => message).join('\n') ?? ''}\n`);
    else if (hunt === undefined) process.stdout.write(`✓ ${name} no rule broken\n`);
    else {
      const { seeds, seconds, virtualSeconds, violation } = hunt;
      const effort = `${String(seeds).padStart(3)} seeds, ${virtualSeconds.toFixed(0).padStart(4)} virtual s, ${seconds.toFixed(1).padStart(5)} s`;
      process.stdout.write(`✓ ${name} ${effort}  ${violation.slice(0, 180)}\n`);
    }
  }
}
