import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { build, endChildren, runScript } from './child.js';

beforeAll(build);
afterEach(endChildren);

test('the example of the README runs, the same every time', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
  const run = async (): Promise<(string | undefined)[]> => {
    const child = runScript(example);
    return [await child.line(), await child.line(), await child.line()];
  };
  const first = await run();
  expect(first).toEqual([
    expect.stringMatching(/^closed at 1000\.\d+ ms: ended$/),
    expect.stringMatching(/^\d\d of 100 echoes/),
    undefined,
  ]);
  expect(await run()).toEqual(first);
});
