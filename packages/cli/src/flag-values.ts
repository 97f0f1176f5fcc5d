// Values of flags, checked where they are read: what is wrong, and what would be right.
import { formatDuration, parseDuration } from '@reknit/base';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

export const whole =
  (flag: string, min: number, max: number): ((text: string) => number) =>
  (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new CliError(`${flag} is ${JSON.stringify(text)}`, `use a whole number from ${min} to ${max}`, EXIT.usage);
  };

export const oneOf =
  <Choice extends string>(flag: string, choices: readonly Choice[]): ((text: string) => Choice) =>
  (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new CliError(`${flag} is ${JSON.stringify(text)}`, `use ${choices.join(' or ')}`, EXIT.usage);
  };

/** In milliseconds, at least one second. */
export const duration = (flag: string, maxMs: number): ((text: string) => number) => durationFrom(flag, 1000, maxMs);

/** In milliseconds. */
export const durationFrom =
  (flag: string, minMs: number, maxMs: number): ((text: string) => number) =>
  (text) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    throw new CliError(
      `${flag} is ${JSON.stringify(text)}`,
      `use a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, for example 90s, 10m or 1h30m`,
      EXIT.usage,
    );
  };
