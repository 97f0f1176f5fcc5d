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
  /** Whether `ended` has resolved. */
  readonly hasEnded: boolean;
  end(reason: CommandEnd): void;
}

/** @param livesOn told when a person does not wait for the end in order */
export function untilStopped(livesOn: () => string): StopSignal {
  let resolveEnded: (reason: CommandEnd) => void = () => undefined;
  let hasEnded = false;
  const ended = new Promise<CommandEnd>((resolve) => {
    resolveEnded = resolve;
  });
  const end = (reason: CommandEnd): void => {
    hasEnded = true;
    resolveEnded(reason);
  };
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) {
        console.error(`\nreknit: ended at once; ${livesOn()}`);
        process.exit(EXIT.failed);
      }
      asked = true;
      end({ kind: 'signal' });
    });
  }
  return {
    ended,
    get hasEnded() {
      return hasEnded;
    },
    end,
  };
}
