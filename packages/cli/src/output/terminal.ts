// The only writer of a command's standard output for people. On a terminal it keeps one line at the bottom that is rewritten
// in place; elsewhere that line is left out, and progress comes as plain lines now and then.
import picocolors from 'picocolors';

export type Paint = ReturnType<typeof picocolors.createColors>;

export interface Terminal {
  readonly paint: Paint;
  readonly width: number;
  readonly interactive: boolean;
  line(text?: string): void;
  /** On a terminal: replaces the bottom line. Elsewhere: a line of its own, at most every few seconds. */
  progress(text: string): void;
  /** Removes the bottom line. */
  endProgress(): void;
}

const PLAIN_PROGRESS_EVERY_MS = 5000;
const WIDTH_DEFAULT = 100;
const ERASE_LINE = '\r\u001b[2K';

export function createTerminal(stream: NodeJS.WriteStream = process.stdout): Terminal {
  const interactive = stream.isTTY === true;
  let bottom = '';
  let lastPlain = Number.NEGATIVE_INFINITY;
  // Lines that go to a file are for tools: they are not broken.
  const width = (): number => (interactive ? (stream.columns ?? WIDTH_DEFAULT) : Number.POSITIVE_INFINITY);
  return {
    paint: picocolors.createColors(interactive && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb'),
    get width() {
      return width();
    },
    interactive,
    line: (text = '') => {
      stream.write(bottom === '' ? `${text}\n` : `${ERASE_LINE}${text}\n${bottom}`);
    },
    progress: (text) => {
      if (interactive) {
        bottom = truncate(text, width() - 1);
        stream.write(`${ERASE_LINE}${bottom}`);
        return;
      }
      const now = performance.now();
      if (now - lastPlain < PLAIN_PROGRESS_EVERY_MS) return;
      lastPlain = now;
      stream.write(`${text}\n`);
    },
    endProgress: () => {
      if (bottom !== '') stream.write(ERASE_LINE);
      bottom = '';
      lastPlain = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Nothing for people: the command writes JSON. */
export const silentTerminal = (): Terminal => ({
  paint: picocolors.createColors(false),
  width: WIDTH_DEFAULT,
  interactive: false,
  line: () => undefined,
  progress: () => undefined,
  endProgress: () => undefined,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const COLOUR = /\u001b\[[0-9;]*m/g;

export const visibleLength = (text: string): number => text.replace(COLOUR, '').length;

const truncate = (text: string, width: number): string =>
  visibleLength(text) <= width ? text : `${text.replace(COLOUR, '').slice(0, width - 1)}…`;
