import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pad, renderTable, wrap } from '../src/output/table.js';
import { visibleLength } from '../src/output/terminal.js';

const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });

test('wrapping keeps every word in order, and no line is too long unless one word is', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 5, max: 60 }), (text, width) => {
      const lines = wrap(text.join(' '), width, '  ');
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(text);
      for (const line of lines) if (visibleLength(line) > width) expect(line.trim()).not.toContain(' ');
    }),
  );
});

test('wrapping keeps the indentation of the first line', () => {
  expect(wrap('  one two', 6, '    ')).toEqual(['  one', '    two']);
});

test('columns begin at one place in every row, whatever the colours', () => {
  const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
  const lines = renderTable(
    ['a', 'b'],
    [
      [red('long cell'), 'x'],
      ['s', 'y'],
    ],
  );
  expect(lines.map((line) => line.replace(red('long cell'), 'long cell'))).toEqual([
    'a          b',
    'long cell  x',
    's          y',
  ]);
  expect(visibleLength(pad(red('ab'), 4))).toBe(4);
});
