// A killed agent's code ends by an exception that nobody hears, as the code of a killed process ends. Other rejections
// that nobody hears fail the test file.
import { afterAll, beforeAll, expect } from 'vitest';
import { Killed } from './world.js';

export function bearKilledAgents(): void {
  const others = process.listeners('unhandledRejection');
  const unexpected: unknown[] = [];
  const onRejection = (error: unknown): void => void (error instanceof Killed || unexpected.push(error));
  beforeAll(() => {
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', onRejection);
  });
  afterAll(async () => {
    // Node reports rejections once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve));
    process.removeListener('unhandledRejection', onRejection);
    for (const listener of others) process.on('unhandledRejection', listener);
    expect(unexpected).toEqual([]);
  });
}
