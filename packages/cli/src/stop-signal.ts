// The first SIGINT or SIGTERM asks a command to end in order; the second ends it at once, saying what lives on.
import type { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

export type CommandEnd =
  | { readonly kind: 'signal' }
  /** Somebody else stopped the cluster. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'failed'; readonly error: CliError };

export interface StopSignal {
  readonly ended: Promise<CommandEnd>;
  readonly end: (reason: CommandEnd) => void;
}

/** npm passes on the Ctrl-C that the terminal has sent to everybody: that is one wish, not two. */
const SAME_WISH_MS = 500;

/** @param livesOn told when a person does not wait for the end in order */
export function untilStopped(livesOn: () => string): StopSignal {
  let end: (reason: CommandEnd) => void = () => undefined;
  const ended = new Promise<CommandEnd>((resolve) => {
    end = resolve;
  });
  let askedAt: number | undefined;
  const asked = (): void => {
    const now = performance.now();
    askedAt ??= now;
    if (now - askedAt < SAME_WISH_MS) return end({ kind: 'signal' });
    console.error(`\nreknit: ended at once; ${livesOn()}`);
    process.exit(EXIT.failed);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, asked);
  return { ended, end };
}
